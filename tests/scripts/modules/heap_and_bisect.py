import _bisect
import _heapq
import array
import collections.abc
import heapq
import random


def show(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


random.seed(1)
items = [random.randrange(100) for _ in range(50)]
heap = items[:]
heapq.heapify(heap)
print([heapq.heappop(heap) for _ in range(50)] == sorted(items))
heap = items[:]
heapq.heapify_max(heap)
print([heapq.heappop_max(heap) for _ in range(50)] == sorted(items, reverse=True))
print(heapq.heappushpop([1, 2], 0), heapq.heapreplace([1, 2], 0), heapq.heappushpop_max([3, 2], 9), heapq.heappushpop([], 4))


class Shrinks:
    def __lt__(self, other):
        growing.clear()
        return True


growing = [Shrinks() for _ in range(6)]
show(lambda: heapq.heapify(growing))
show(lambda: _heapq.heappush((), 1))
show(lambda: _heapq.heappop(()))
show(lambda: _heapq.heapify_max(4))
show(lambda: _heapq.heappop([]))
show(lambda: _heapq.heapreplace([], 1))

rows = [1, 2, 2, 3]
print(_bisect.bisect_left(rows, 2), _bisect.bisect_right(rows, 2), _bisect.bisect_right(range(10**18), 7))
_bisect.insort_right(rows, 2.5)
_bisect.insort_left(rows, -3, key=abs)
print(rows)
show(lambda: _bisect.bisect_right([1], 2, -1))
show(lambda: _bisect.bisect_left(4, 2))
show(lambda: _bisect.bisect_left([1, 'a'], 2))
show(lambda: _bisect.bisect_left([1], 2, hi=5))
show(lambda: _bisect.insort_left((1,), 2))
show(lambda: array.array('i', None))
print(isinstance(array.array('i'), collections.abc.MutableSequence))
