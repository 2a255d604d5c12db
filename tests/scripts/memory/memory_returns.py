"""Memory of objects that are gone goes back to the system, at the latest with gc.collect()."""
import gc
import os


def memory():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6


def fill(n):
    """Small objects of several sizes."""
    return [(i, str(i), i.__str__) for i in range(n)]


gc.collect()
before = memory()
for turn in range(3):
    things = fill(100_000)
    peak = memory() - before
    del things
    gc.collect()
    left = memory() - before
    print(turn, 'many megabytes were taken:', peak > 15, 'and given back:', left < peak * 3 / 4)

# What is new on old pages is as good as ever.
again = fill(1000)
print(all(first == int(second) for first, second, _ in again))
