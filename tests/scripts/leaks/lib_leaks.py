"""Does making and dropping something, many times over, leave memory behind?"""
import gc
import time

PAGE = 4096


def resident():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * PAGE


def check(name, make, rounds=10000, allowed=300_000):
    """After as many rounds as will be measured, further ones find all the memory they need."""
    def run(n):
        for _ in range(n):
            make()
    begin = time.perf_counter()
    run(10)
    # Fewer where it is slow, as in a build without optimization.
    affordable = int(0.1 / ((time.perf_counter() - begin) / 10))
    rounds = max(rounds // 8, min(rounds, affordable))
    grown = 0
    run(rounds)
    # What goes on in the background, or the state of the heap, may account for one growth, but not for each.
    for attempt in range(3):
        gc.collect()
        before = resident()
        run(rounds)
        gc.collect()
        grown = resident() - before
        if grown <= allowed:
            print(name, 'steady')
            return
    print(name, 'grows by', grown / rounds, 'bytes each time')
