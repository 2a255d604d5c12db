"""Work that computes does not belong into the loop: an executor takes it elsewhere.

Run:   ungil programs/cpu_bound_in_executor.py
       ungil --gil=off programs/cpu_bound_in_executor.py
See:   in the loop the work holds everybody up, one piece after the other. In threads the loop stays awake, but with
       the GIL two pieces still take as long as one after the other; without the GIL, or in processes, each has a
       processor to itself. A process begins slowly and gets its arguments as copies.
Try:   more pieces than processors; smaller pieces: when do processes not pay?
"""
import asyncio
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

PIECES = 2


def work(n):
    return sum(i * i % 7 for i in range(n))


async def heartbeat(beats):
    while True:
        beats.append(time.perf_counter())
        await asyncio.sleep(0.01)


async def measured(name, job):
    beats = []
    heart = asyncio.create_task(heartbeat(beats))
    await asyncio.sleep(0)
    begin = time.perf_counter()
    await job
    end = time.perf_counter()
    heart.cancel()
    print(f'{name:10} {end - begin:.2f} s, {len(beats)} heartbeats meanwhile')


async def in_the_loop(n):
    return [work(n) for _ in range(PIECES)]


async def in_pool(pool, n):
    loop = asyncio.get_running_loop()
    return await asyncio.gather(*[loop.run_in_executor(pool, work, n) for _ in range(PIECES)])


async def main(n):
    await measured('loop', in_the_loop(n))
    with ThreadPoolExecutor(PIECES) as pool:
        await measured('threads', in_pool(pool, n))
    with ProcessPoolExecutor(PIECES) as pool:
        await in_pool(pool, 1)  # The processes begin.
        await measured('processes', in_pool(pool, n))


if __name__ == '__main__':
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000))
