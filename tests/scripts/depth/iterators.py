"""Chains of iterators of any length: each link's next step is inside the one before. CPython's stack overflows where they
are long, so only their end is compared."""
import itertools
import sys

LINKS = {
    'map': lambda it: map(abs, it), 'filter': lambda it: filter(None, it), 'zip': zip, 'enumerate': enumerate,
    'chain': itertools.chain, 'islice': lambda it: itertools.islice(it, 10),
    'takewhile': lambda it: itertools.takewhile(bool, it), 'cycle': itertools.cycle,
    'starmap': lambda it: itertools.starmap(lambda *a: a, it), 'pairwise': itertools.pairwise,
    'batched': lambda it: itertools.batched(it, 1), 'zip_longest': itertools.zip_longest,
    'compress': lambda it: itertools.compress(it, [1]), 'generator': lambda it: (x for x in it),
    'iter of a callable': lambda it: iter(it.__next__, None),
}
LONG = 30000 if 'ungil' in sys.version else 100


def chain(link, length):
    it = iter([1, 2, 3])
    for _ in range(length):
        it = link(it)
    return it


for name, link in LINKS.items():
    try:
        next(chain(link, LONG), None)
    except (RecursionError, TypeError):
        pass
    print(name)


def delegating(it):
    yield from it


it = chain(delegating, LONG)
try:
    next(it)
    it.close()
except RecursionError:
    pass
it = chain(delegating, LONG)
try:
    it.throw(ValueError)
except (RecursionError, ValueError):
    pass
del it
print('delegation')
