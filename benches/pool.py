"""Processes: how many times the work of one `multiprocessing.Pool(2)` does in the same time.

The same calls of a function that only computes are made by one process and by a pool of two, by turns, best of five.
The workers are there before the clock starts. On two idle cores the ratio should be above 1.7.
"""
import multiprocessing
import time


def work(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def main():
    jobs = [400_000] * 24
    one, two = [], []
    with multiprocessing.Pool(2) as pool:
        pool.map(work, [1000] * 8)
        for _ in range(5):
            start = time.perf_counter()
            alone = list(map(work, jobs))
            one.append(time.perf_counter() - start)
            start = time.perf_counter()
            shared = pool.map(work, jobs, chunksize=1)
            two.append(time.perf_counter() - start)
            assert alone == shared
    print(f'pool         one {min(one):.4f} s  two {min(two):.4f} s  ratio {min(one) / min(two):.2f}')


if __name__ == '__main__':
    main()
