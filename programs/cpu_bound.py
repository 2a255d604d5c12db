"""Two threads that compute: with the GIL they take turns, without it they work side by side.

Run:   ungil programs/cpu_bound.py
       ungil --gil=off programs/cpu_bound.py
See:   the time of two pieces of work, one after the other, in two threads, and in two processes.
Try:   more threads than the machine has processors; time.sleep in place of the computation.
"""
import os
import sys
import threading
import time

LIMIT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000


def primes(limit):
    found = 0
    for n in range(2, limit):
        d = 2
        while d * d <= n:
            if n % d == 0:
                break
            d += 1
        else:
            found += 1
    return found


def one_after_the_other():
    primes(LIMIT)
    primes(LIMIT)


def two_threads():
    threads = [threading.Thread(target=primes, args=(LIMIT,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def two_processes():
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            primes(LIMIT)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


for work in one_after_the_other, two_threads, two_processes:
    start = time.perf_counter()
    work()
    print(f'{work.__name__:20} {time.perf_counter() - start:6.2f} s')
