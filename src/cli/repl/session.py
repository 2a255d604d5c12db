"""What the prompt does in Python: the event loop of top-level await, and what is told of threads."""

import sys


def new_loop():
    import asyncio
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def run_task(loop, coroutine):
    """Runs the loop until a coroutine is done; other tasks run beside it. Gives its result and its exception."""
    task = loop.create_task(coroutine)
    task.add_done_callback(lambda _: loop.stop())
    try:
        loop.run_forever()
    except BaseException:
        if not task.done():
            # Ctrl-C ends what was typed, and not the tasks it has started.
            task.cancel()
            loop.run_forever()
        if not task.cancelled():
            task.exception()
        raise
    if task.cancelled():
        try:
            task.result()
        except BaseException as error:
            return None, error
    return None, task.exception()


def wait(loop, descriptor):
    """Runs the loop until there is something to read."""
    loop.add_reader(descriptor, loop.stop)
    try:
        loop.run_forever()
    finally:
        loop.remove_reader(descriptor)


def running(loop):
    """Plain statements see the loop as the running one, as in python -m asyncio."""
    import asyncio
    asyncio._set_running_loop(loop)


def close(loop):
    import asyncio
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    asyncio.set_event_loop(None)
    loop.close()


def module_names(before):
    """The modules that may follow `import` or `from`; None where the cursor stands elsewhere."""
    if 'import' not in before and 'from' not in before:
        return None
    from _pyrepl._module_completer import ModuleCompleter
    return ModuleCompleter().get_completions(before)


def completions(namespace, before):
    """What may stand in place of the word before the cursor: where the word starts, and the candidates."""
    import rlcompleter
    start = len(before)
    while start and (before[start - 1].isalnum() or before[start - 1] in '_.'):
        start -= 1
    if before.startswith(':') and ' ' not in before:
        commands = ':dis :gil :gilstats :help :refcount :seed :threads :time'.split()
        return 0, [command for command in commands if command.startswith(before)]
    found = module_names(before)
    if found is not None:
        return len(before[:start].encode()), found
    completer = rlcompleter.Completer(namespace)
    found = []
    while len(found) < 500 and (word := completer.complete(before[start:], len(found))) is not None:
        found.append(word)
    return len(before[:start].encode()), found


def threads():
    import threading
    frames = sys._current_frames()
    yield 'name', 'ident', 'daemon', 'where'
    for thread in threading.enumerate():
        frame = frames.get(thread.ident)
        if thread is threading.current_thread():
            where = 'at the prompt'
        elif frame is None:
            where = ''
        else:
            where = f'{frame.f_code.co_qualname}, {frame.f_code.co_filename}:{frame.f_lineno}'
        yield thread.name, str(thread.ident), 'yes' if thread.daemon else 'no', where
