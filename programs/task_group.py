"""A task group: nobody leaves the block before all tasks are done, and if one fails the others are cancelled.

Run:   ungil programs/task_group.py
See:   the results are there when the block ends. When one task fails, those that still wait are cancelled and can
       clean up; what was raised comes out together, as an ExceptionGroup, and `except*` picks from it by kind.
       A task that is made inside a group cannot be forgotten: compare a bare create_task() whose result nobody awaits.
Try:   a second task that fails while it is cancelled; gather() in place of the group: who is cancelled then?
"""
import asyncio


async def square(n):
    await asyncio.sleep(n / 100)
    return n * n


async def fails(seconds, error):
    await asyncio.sleep(seconds)
    raise error


async def waits(name):
    try:
        await asyncio.sleep(10)
    finally:
        print(f'  {name} stops, cancelled: {asyncio.current_task().cancelling() > 0}')


async def cannot_stop():
    try:
        await asyncio.sleep(10)
    finally:
        raise OSError('the file does not close')


async def main():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(square(n)) for n in (3, 1, 2)]
    print('results:', [task.result() for task in tasks])

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits('first'))
            group.create_task(waits('second'))
            group.create_task(cannot_stop())
            group.create_task(fails(0.01, ValueError('not a number')))
    except* ValueError as group:
        print('wrong values:', group.exceptions)
    except* OSError as group:
        print('wrong files: ', group.exceptions)


asyncio.run(main())
