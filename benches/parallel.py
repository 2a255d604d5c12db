"""Two threads against one: how many times the work of one thread two threads do in the same time.

Every kind of work is done alone and by two threads at once, by turns, best of five. With the GIL off the ratio should
be near 2. With it on it is near 1, and what it lacks is what taking turns costs: two threads should take at most a tenth
longer than one after the other.
"""
import threading
import time


def arithmetic(n=2_000_000):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def calls():
    return fib(26)


class Counter:
    def __init__(self):
        self.value = 0

    def add(self, n):
        self.value += n


def attributes(n=700_000):
    counter = Counter()
    for i in range(n):
        counter.add(i)
        counter.value -= 1
    return counter.value


def dicts(n=500_000):
    counts = {}
    for i in range(n):
        key = i & 255
        counts[key] = counts.get(key, 0) + 1
    return len(counts)


def lists(n=400_000):
    for _ in range(3):
        items = []
        for i in range(n):
            items.append(i)
    return len(items)


def strings(n=300_000):
    parts = []
    for i in range(n):
        parts.append('item ' + str(i))
    return len(','.join(parts))


def seconds(work, threads):
    """How long it takes that many threads to do the work, each for itself."""
    start, times = threading.Barrier(threads), []

    def body():
        start.wait()
        begun = time.perf_counter()
        work()
        times.append((begun, time.perf_counter()))

    workers = [threading.Thread(target=body) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(end for _, end in times) - min(begun for begun, _ in times)


for work in arithmetic, calls, attributes, dicts, lists, strings:
    one, two = [], []
    for _ in range(5):
        one.append(seconds(work, 1))
        two.append(seconds(work, 2))
    ratio = 2 * min(one) / min(two)
    print(f'{work.__name__:<12} one {min(one):.4f} s  two {min(two):.4f} s  ratio {ratio:.2f},'
          f' {100 / ratio - 100:+.0f} % against one after the other')
