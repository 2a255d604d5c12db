"""Tasks, best of five.

    tasks.py spawn      100,000 tasks, each awaited before the next is made
    tasks.py together   100,000 tasks that are all there at once
    tasks.py switch     100,000 times sleep(0): a turn of the loop each
"""
import asyncio
import sys
import time

LOOP = __import__('uvloop').new_event_loop if 'uvloop' in sys.argv else None
N = 100_000


async def nothing():
    pass


async def spawn():
    for _ in range(N):
        await asyncio.create_task(nothing())


async def together():
    async with asyncio.TaskGroup() as group:
        for _ in range(N):
            group.create_task(nothing())


async def switch():
    for _ in range(N):
        await asyncio.sleep(0)


async def timed(run):
    start = time.perf_counter(), time.process_time()
    await run()
    return time.perf_counter() - start[0], time.process_time() - start[1]


kind = sys.argv[1]
run = {'spawn': spawn, 'together': together, 'switch': switch}[kind]
best, cpu = map(min, zip(*[asyncio.run(timed(run), loop_factory=LOOP) for _ in range(5)]))
print(f'tasks_{kind} {best:.4f} {cpu:.4f} {N / best:.0f} per second')
