"""One call that blocks stops everybody: the loop has only this thread.

Run:   ungil programs/blocking_call_blocks_the_loop.py
See:   a clock should tick every 20 milliseconds. While time.sleep() sleeps, it does not: the loop cannot run it.
       asyncio.sleep() hands the thread back, and to_thread() lets another one block, so the clock goes on. Debug mode
       names what held the loop up for more than a tenth of a second.
Try:   a long sum in place of the sleep; input(); loop.slow_callback_duration = 0.01.
"""
import asyncio
import logging
import sys
import time


async def clock(ticks):
    while True:
        ticks.append(time.perf_counter())
        await asyncio.sleep(0.02)


async def longest_pause(work):
    """How long the clock stood still at the most while the work was done."""
    ticks = []
    ticking = asyncio.create_task(clock(ticks))
    await asyncio.sleep(0)
    await work
    ticking.cancel()
    ticks.append(time.perf_counter())
    return max(b - a for a, b in zip(ticks, ticks[1:]))


async def rude():
    time.sleep(0.3)


async def polite():
    await asyncio.sleep(0.3)


async def in_a_thread():
    await asyncio.to_thread(time.sleep, 0.3)


async def main():
    for work in rude, polite, in_a_thread:
        pause = await longest_pause(work())
        print(f'{work.__name__:12} the clock stood still', 'all the time' if pause > 0.29 else 'no longer than usual')


asyncio.run(main())

print('and in debug mode:')
logging.basicConfig(stream=sys.stdout, format='asyncio warns: %(message)s')
asyncio.run(rude(), debug=True)
