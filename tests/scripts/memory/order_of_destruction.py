"""When what dies, and in which order."""
import gc
import sys
import weakref


class Told:
    def __init__(self, name, *held):
        self.name = name
        self.held = held

    def __del__(self):
        print('-', self.name, end=' ')

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        print('exit', end=' ')

    def __repr__(self):
        return self.name


def section(name):
    print()
    print(name, end=': ')


section('locals')
def locals_():
    a, b, c = Told('a'), Told('b'), Told('c')
    print('end', end=' ')
locals_()

section('arguments')
def calls():
    def arguments(a, b=Told('default'), *c, **d):
        print('end', end=' ')
    arguments(Told('a'), Told('b'), Told('c1'), Told('c2'), d=Told('d'))
calls()

section('del and rebinding')
a = b = Told('one')
del a
print('still', end=' ')
b = Told('two')
b = None

section('temporaries')
print(repr(Told('argument')), end=' ')
Told('expression')
[Told('item0'), Told('item1')][1]
Told('left').name + Told('right').name
print('after', end=' ')

section('containers')
x = [Told('l0'), Told('l1'), Told('l2')]
x[1] = None
x.clear()
x = (Told('t0'), Told('t1'))
del x
x = {1: Told('d1'), 2: Told('d2'), 3: Told('d3')}
x[2] = 0
del x
x = {'a': Told('v')}
x.update(a=Told('w'))
x.pop('a')
x = Told('outer', Told('inner', Told('innermost')))
del x

section('attributes')
class Holder:
    pass
h = Holder()
h.b, h.a, h.c = Told('b'), Told('a'), Told('c')
h.a = None
del h
class Slots:
    __slots__ = 'y', 'x'
s = Slots()
s.x, s.y = Told('x'), Told('y')
del s

section('generators')
def gen():
    inner = Told('inner')
    try:
        with Told('managed'):
            yield Told('yielded')
            yield
    finally:
        print('finally', end=' ')
g = gen()
next(g)
print('suspended', end=' ')
del g
for _ in gen():
    break
print('broken', end=' ')

section('comprehension')
print([t.name for t in (Told(str(i)) for i in range(3))], end=' ')

section('exceptions')
def fail():
    local = Told('local')
    raise ValueError(Told('argument'))
try:
    fail()
except ValueError as e:
    print('handled', end=' ')
print('after', end=' ')
try:
    try:
        fail()
    finally:
        print('finally', end=' ')
except ValueError:
    print('handled', end=' ')
print('after', end=' ')
kept = None
try:
    fail()
except ValueError as e:
    kept = e
print('kept', end=' ')
kept = None

section('with')
with Told('managed') as m, Told('second'):
    del m
    print('body', end=' ')
print('after', end=' ')

section('weakrefs')
t = Told('referent')
r1 = weakref.ref(t, lambda r: print('callback1', r() is None, end=' '))
r2 = weakref.ref(t, lambda r: print('callback2', end=' '))
f = weakref.finalize(t, print, 'finalize', end=' ')
del t
d = weakref.WeakValueDictionary(a=(v := Told('value')))
del v
print(len(d), end=' ')

section('cycles')
a, b = Told('a'), Told('b')
a.held, b.held = b, a
del a, b
print('unreachable', end=' ')
gc.collect()

section('resurrection')
saved = []
class Back(Told):
    def __del__(self):
        super().__del__()
        saved.append(self)
Back('back')
print(len(saved), end=' ')
saved.clear()
print(len(saved), end=' ')

section('closures')
def outer():
    cell = Told('cell')
    return lambda: cell
f = outer()
print('returned', end=' ')
del f

section('class')
def local_class():
    class Local:
        attribute = Told('attribute')
        def __del__(self):
            print('instance', end=' ')
    Local()
local_class()
gc.collect()

section('frames')
def frame():
    local = Told('local')
    return sys._getframe()
f = frame()
print('kept', end=' ')
f.clear()
print('cleared', end=' ')

section('chain')
def nested(n):
    t = Told(str(n))
    if n:
        nested(n - 1)
    print('end', n, end=' ')
nested(2)

section('the end')
import atexit
atexit.register(lambda: print('atexit', end=' '))
last = Told('last')
