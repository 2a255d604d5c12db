"""Special methods that use themselves, through every operation."""
import math
import operator
import sys


def instance(**methods):
    return type('Deep', (), methods)()


def show(name, f):
    try:
        f()
        print(name, 'fine')
    except Exception as e:
        print(name, type(e).__name__)


x = instance(__repr__=lambda s: repr([s])); show('repr', lambda: repr(x))
x = instance(__str__=lambda s: '%s' % s); show('str', lambda: f'{x}')
x = instance(__format__=lambda s, f: '{}'.format(s)); show('format', lambda: f'{x}')
x = instance(__eq__=lambda s, o: [s] == [o]); show('eq', lambda: x == instance())
x = instance(__lt__=lambda s, o: sorted([s, o])); show('lt', lambda: sorted([x, 1]))
x = instance(__hash__=lambda s: hash((s,))); show('hash', lambda: {x})
x = instance(__bool__=lambda s: not s); show('bool', lambda: bool(x))
x = instance(__len__=lambda s: len(s)); show('len', lambda: len(x))
x = instance(__index__=lambda s: [1][s]); show('index', lambda: [1][x])
x = instance(__getattr__=lambda s, n: s.x); show('getattr', lambda: x.y)
x = instance(__getattribute__=lambda s, n: s.x); show('getattribute', lambda: x.y)
x = instance(__getitem__=lambda s, i: s[i]); show('getitem', lambda: x[0])
x = instance(__contains__=lambda s, i: i in s); show('contains', lambda: 1 in x)
x = instance(__call__=lambda s: s()); show('call', lambda: x())
x = instance(__iter__=lambda s: iter(s)); show('iter', lambda: list(x))
x = instance(__iter__=lambda s: s, __next__=lambda s: next(s)); show('next', lambda: list(x))
for name in ('add', 'mul', 'mod', 'pow', 'or', 'matmul', 'lshift'):
    f = getattr(operator, f'__{name}__')
    x = instance(**{f'__{name}__': lambda s, o: f(s, o)}); show(name, lambda: f(x, 1))
    x = instance(**{f'__r{name}__': lambda s, o: f(o, s)}); show('r' + name, lambda: f(1, x))
for f in (operator.neg, operator.invert, abs, round, math.floor):
    x = instance(**{f'__{f.__name__}__': lambda s: f(s)}); show(f.__name__, lambda: f(x))


class Meta(type):
    def __instancecheck__(cls, o):
        return isinstance(o, cls)

    def __subclasscheck__(cls, o):
        return issubclass(o, cls)


A = Meta('A', (), {})
show('isinstance', lambda: isinstance(1, A))
show('issubclass', lambda: issubclass(int, A))
t = int
for _ in range(2000):
    t = (t,)
show('isinstance of tuples', lambda: isinstance(1.0, t))
del t


def run(): exec('run()')


show('exec', run)
print(sys.getrecursionlimit())
