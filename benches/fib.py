"""Calls: fib(30), best of five."""
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


best = min(
    (lambda start: (fib(30), time.perf_counter() - start)[1])(time.perf_counter())
    for _ in range(5))
print(f'fib {best:.4f}')
