# Heaps that several threads push to and pop from stay heaps: with the GIL off each step is one for all threads.
import heapq
import threading


def run(work, threads=4):
    barrier = threading.Barrier(threads)

    def start(i):
        barrier.wait()
        work(i)

    all = [threading.Thread(target=start, args=(i,)) for i in range(threads)]
    for thread in all:
        thread.start()
    for thread in all:
        thread.join()


def is_heap(heap):
    return all(heap[(i - 1) >> 1] <= heap[i] for i in range(1, len(heap)))


for make in (lambda n: n, float, lambda n: f'{n:05}', lambda n: (n % 7, n)):
    heap = []
    run(lambda i: [heapq.heappush(heap, make(n * 4 + i)) for n in range(300)])
    print(len(heap), is_heap(heap))
    popped = [[] for _ in range(4)]
    run(lambda i: popped[i].extend(heapq.heappop(heap) for _ in range(250)))
    print(len(heap), is_heap(heap), all(p == sorted(p) for p in popped), len(set(sum(popped, []))))
    run(lambda i: [heapq.heapreplace(heap, make(n)) for n in range(100)])
    run(lambda i: [heapq.heappushpop(heap, make(n)) for n in range(100)])
    print(len(heap), is_heap(heap))
    run(lambda i: heapq.heapify(heap))
    print(len(heap), is_heap(heap))
mixed = [3, 1.5, 2**60, -1, True, 10**30, -2**60]
heapq.heapify(mixed)
print([heapq.heappop(mixed) for _ in range(7)])
largest = []
for n in (3, 1, 2):
    heapq.heappush_max(largest, n)
print([heapq.heappop_max(largest) for _ in range(3)])
try:
    heapq.heappop([])
except IndexError as e:
    print(e)
