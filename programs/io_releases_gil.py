"""A thread that waits for the outside lets go of the GIL; one that computes does not.

Run:   ungil programs/io_releases_gil.py
       ungil --gil=off programs/io_releases_gil.py
See:   two sleeps take the time of one. Two computations take the time of two - until the GIL is off.
Try:   read from a pipe or a socket in place of the sleep.
"""
import threading
import time


def sleep():
    time.sleep(0.2)


def compute():
    total = 0
    for i in range(400_000):
        total += i * i


def timed(work, threads):
    begin = time.perf_counter()
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return time.perf_counter() - begin


for work in sleep, compute:
    one, two = timed(work, 1), timed(work, 2)
    print(f'{work.__name__:8} two threads take {two / one:.1f} times as long as one')
