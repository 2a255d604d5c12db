"""Timers: a million are set and every second one cancelled; the others fire in order. Best of three.

Prints also how much memory they take, and how much is still taken afterwards, in megabytes.
"""
import asyncio
import gc
import os
import sys
import time

LOOP = __import__('uvloop').new_event_loop if 'uvloop' in sys.argv else None
N = 1_000_000
last = fired = 0


def memory():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6


def fire(number):
    global last, fired
    assert number > last
    last = number
    fired += 1


async def run():
    global last, fired, peak
    last = fired = 0
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    start = time.perf_counter(), time.process_time()
    # All are due when the last is set: none of the time is spent waiting.
    base = loop.time()
    timers = [loop.call_at(base + number * 1e-9, fire, number) for number in range(1, N + 1)]
    for timer in timers[::2]:
        timer.cancel()
    loop.call_at(base + 0.01, done.set_result, None)
    peak = memory()
    del timers, timer
    await done
    took = time.perf_counter() - start[0], time.process_time() - start[1]
    assert fired == N // 2, fired
    return took


before = memory()
best, cpu = map(min, zip(*[asyncio.run(run(), loop_factory=LOOP) for _ in range(3)]))
gc.collect()
print(f'timers {best:.4f} {cpu:.4f} megabytes {before:.0f}, with the timers {peak:.0f}, afterwards {memory():.0f}')
