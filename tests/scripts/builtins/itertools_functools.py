from itertools import *
from functools import *
import operator
print(list(islice(count(5, 2), 3)), list(islice(cycle('ab'), 5)), list(repeat(1, 2)), list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], operator.mul, initial=10)), list(chain('ab', [1])), list(chain.from_iterable(['ab', 'c'])))
print(list(combinations('abc', 2)), list(permutations([1, 2, 3], 2)), list(product('ab', repeat=2)), list(combinations_with_replacement('ab', 2)), list(compress('abc', [1, 0, 1])), list(dropwhile(lambda x: x < 2, [1, 2, 1])), list(takewhile(lambda x: x < 2, [1, 2, 1])))
print([(k, list(g)) for k, g in groupby('aabbb')], list(starmap(pow, [(2, 3)])), list(zip_longest('ab', 'c', fillvalue='-')), [list(t) for t in tee([1, 2])], list(filterfalse(None, [0, 1])), list(pairwise('abc')), list(batched('abcde', 2)))
print(reduce(operator.add, [1, 2, 3], 10), partial(int, base=2)('101'), partial(print, 'x'), operator.itemgetter(1, 2)('abc'), operator.attrgetter('real')(5), operator.methodcaller('upper')('a'))
@singledispatch
def show(x): return 'object'
@show.register
def _(x: int): return 'int'
@show.register(list)
def _(x): return 'list'
print(show(1), show([]), show('s'), show(True))
@total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(V(1) <= V(2), V(1) > V(2), V(2) >= V(2))
class C:
    @cached_property
    def slow(self): print('computing'); return 5
c = C(); print(c.slow, c.slow, c.__dict__)
try: reduce(operator.add, [])
except TypeError as e: print(e)
try: list(islice([1], -1))
except ValueError as e: print(e)
print(count(1), repeat('a', 3), partial(max, 1, key=None))
