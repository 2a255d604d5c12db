"""Processes for work that computes: each has an interpreter, and a GIL, of its own.

Run:   ungil programs/process_pool.py
       ungil --gil=off programs/process_pool.py
See:   the pool gives the numbers to its workers and collects the answers in order; different processes did the work.
       What goes in and comes out is pickled, so processes pay when there is much to compute and little to send. With
       the GIL off threads do the same without the sending.
Try:   ThreadPoolExecutor, with the GIL and without it; a function that returns a large list.
"""
import os
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

LIMIT = int(sys.argv[1]) if len(sys.argv) > 1 else 2000


def primes_below(limit):
    found = sum(all(n % d for d in range(2, int(n ** 0.5) + 1)) for n in range(2, limit))
    return found, os.getpid()


if __name__ == '__main__':
    limits = [LIMIT // 4, LIMIT // 2, LIMIT]
    for Executor in ThreadPoolExecutor, ProcessPoolExecutor:
        with Executor(max_workers=2) as pool:
            answers = list(pool.map(primes_below, limits))
        here = {pid for _, pid in answers} == {os.getpid()}
        print(f'{Executor.__name__:20}', [found for found, _ in answers], 'in this process' if here else 'in others')
