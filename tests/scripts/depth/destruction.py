"""Long chains of objects die without a deep stack, and those behind them in the queue too."""
import collections
import functools
import gc
import itertools
import types

N = 100000


class Instance:
    def __init__(self, next):
        self.next = next


class Slotted:
    __slots__ = ('next',)

    def __init__(self, next):
        self.next = next


class Finalized(Instance):
    count = 0

    def __del__(self):
        Finalized.count += 1


class Derived(tuple):
    pass


def suspended(next):
    yield next


def generator(next):
    g = suspended(next)
    g.send(None)
    return g


def context(next):
    e = ValueError()
    e.__context__ = next
    return e


LINKS = {
    'list': lambda x: [x], 'tuple': lambda x: (x,), 'dict': lambda x: {1: x}, 'instance': Instance, 'slots': Slotted,
    'finalizer': Finalized, 'tuple subclass': lambda x: Derived((x,)), 'generator': generator,
    'closure': lambda x: lambda: x, 'exception': ValueError, 'context': context,
    'partial': lambda x: functools.partial(print, x), 'method': lambda x: types.MethodType(print, [x]),
    'cell': types.CellType, 'slice': slice, 'deque': lambda x: collections.deque([x]),
    'chain': lambda x: itertools.chain(x or ()), 'zip': lambda x: zip(x or ()), 'map': lambda x: map(abs, x or ()),
    'iterator': lambda x: iter([x]), 'iterator of a tuple': lambda x: iter((x,)), 'property': property,
    'staticmethod': staticmethod, 'frozenset': lambda x: frozenset([x]), 'namespace': lambda x: types.SimpleNamespace(a=x),
    'proxy': lambda x: types.MappingProxyType({1: x}), 'alias': lambda x: types.GenericAlias(list, x),
}
for name, link in LINKS.items():
    x = None
    for _ in range(N):
        x = link(x)
    del x
    print(name)
print(Finalized.count == N)

end = []
x = end
for _ in range(N):
    x = [x]
end.append(x)
del x, end
print(gc.collect() > N // 2)
first = x = Instance(None)
for _ in range(N):
    x = Finalized(x)
first.next = x
del x, first
print(gc.collect() > N // 2, Finalized.count == 2 * N)
