class V:
    def __init__(self, *c): self.c = c
    def __repr__(self): return f'V{self.c}'
    def __add__(self, o): return V(*(a + b for a, b in zip(self.c, o.c))) if isinstance(o, V) else NotImplemented
    def __radd__(self, o): return f'{o} radd {self}'
    def __mul__(self, k): return V(*(a * k for a in self.c))
    __rmul__ = __mul__
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.c, o.c))
    def __neg__(self): return V(*(-a for a in self.c))
    def __eq__(self, o): return isinstance(o, V) and self.c == o.c
    def __hash__(self): return hash(self.c)
    def __bool__(self): return any(self.c)
    def __abs__(self): return sum(a * a for a in self.c) ** .5
    def __call__(self, *a): return ('called', a)
    def __index__(self): return self.c[0]
    def __round__(self, n=None): return ('round', n)
    def __divmod__(self, o): return ('divmod', o)
    def __pow__(self, o, m=None): return ('pow', o, m)
    def __invert__(self): return '~'
    def __pos__(self): return '+'
    def __float__(self): return 1.5
    def __complex__(self): return 1j
    def __format__(self, spec): return f'<{spec}>'
    def __bytes__(self): return b'V'
v, w = V(1, 2), V(3, 4)
print(v + w, 1 + v, v * 3, 3 * v, v @ w, -v, v == V(1, 2), v != w, {v: 1}[V(1, 2)], bool(V(0, 0)), abs(w))
print(v(5), [10, 20, 30][v], hex(w), round(v), round(v, 2), divmod(v, 2), v ** 2, pow(v, 2, 3), ~v, +v)
print(float(v), complex(v), f'{v:spec}', format(v), bytes(v), 'ab' * v)
try: v + 1
except TypeError as e: print(e)
try: v - w
except TypeError as e: print(e)
try: v < w
except TypeError as e: print(e)
class Sub(V):
    def __radd__(self, o): return 'subclass first'
print(v + Sub(1, 1))
class Eq:
    def __eq__(self, o): return 'not a bool'
print(Eq() == 1, 1 == Eq(), Eq() != 1, Eq.__hash__)
try: hash(Eq())
except TypeError as e: print(e)
class Cmp:
    def __lt__(self, o): return 'lt'
    def __ge__(self, o): return 'ge'
print(Cmp() < 1, 1 > Cmp(), 1 <= Cmp())
