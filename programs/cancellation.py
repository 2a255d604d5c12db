"""To cancel a task is to raise an exception in it, at the await where it stands.

Run:   ungil programs/cancellation.py
See:   cancel() only asks: the CancelledError comes when the loop runs the task again, at its await. `finally` puts
       things in order, and may even await. A task that has not begun never begins. One that never awaits cannot be
       cancelled, and one that swallows the exception goes on as if nothing had been: better not. shield() keeps the
       cancellation from what must not be cut short.
Try:   Ctrl-C during a long sleep: asyncio.run cancels main() in the same way.
"""
import asyncio


async def worker(name):
    print(f'{name}: begins')
    try:
        await asyncio.sleep(10)
        print(f'{name}: this is never printed')
    except asyncio.CancelledError as why:
        print(f'{name}: cancelled ({why})')
        raise
    finally:
        await asyncio.sleep(0)
        print(f'{name}: has cleaned up')


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print('stubborn: no')
    return 'stayed'


async def save():
    await asyncio.sleep(0.02)
    print('save: written')


async def saver():
    await asyncio.shield(writing)


async def main():
    global writing
    task = asyncio.create_task(worker('worker'))
    await asyncio.sleep(0)
    print('main: asks', task.cancel('no more time'))
    print('main: cancelled already?', task.cancelled())
    try:
        await task
    except asyncio.CancelledError:
        print('main: now?', task.cancelled())

    early = asyncio.create_task(worker('early'))
    early.cancel()
    await asyncio.wait([early])
    print('main: early never began')

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    print('main: stubborn has', await task)

    writing = asyncio.create_task(save())
    task = asyncio.create_task(saver())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    print('main: saver cancelled?', task.cancelled())
    await writing


asyncio.run(main())
