"""A loop belongs to one thread; there are three doors between it and the others.

Run:   ungil programs/loop_and_threads.py
See:   to_thread() sends a blocking call out of the loop and awaits its result. run_coroutine_threadsafe() lets another
       thread hand a coroutine to the loop and wait for it. call_soon_threadsafe() hands over a plain call, and
       wakes the loop if it sleeps. Everything else of a loop is for its own thread only; debug mode checks that.
Try:   loop.call_soon() in place of call_soon_threadsafe(), and again with debug=True.
"""
import asyncio
import threading
import time


def where():
    return 'main thread' if threading.current_thread() is threading.main_thread() else 'other thread'


def blocking_read(name):
    time.sleep(0.02)
    return f'{name}, read in the {where()}'


async def answer(question):
    await asyncio.sleep(0.01)
    return f'{question}? 42, says a coroutine in the {where()}'


def visitor(loop, done):
    """Runs in a thread of its own."""
    future = asyncio.run_coroutine_threadsafe(answer('the question'), loop)
    print(f'{where()} hears:', future.result())
    loop.call_soon_threadsafe(done.set)


async def main():
    loop = asyncio.get_running_loop()
    texts = await asyncio.gather(*[asyncio.to_thread(blocking_read, name) for name in ('one', 'two', 'three')])
    print(*texts, sep='\n')

    done = asyncio.Event()
    thread = threading.Thread(target=visitor, args=(loop, done))
    thread.start()
    await done.wait()
    thread.join()
    print('the event was set for the', where())


asyncio.run(main())
