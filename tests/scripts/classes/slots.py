class P:
    __slots__ = ('x', 'y')
    def __init__(self, x): self.x = x
p = P(1)
print(p.x, hasattr(p, '__dict__'))
try: p.y
except AttributeError as e: print(e)
try: p.z = 1
except AttributeError as e: print(e)
p.y = 2
del p.y
try: del p.y
except AttributeError as e: print(e)
class Q(P): pass
q = Q(1)
q.z = 3
print(q.__dict__, type(P.x))
try:
    class Bad:
        __slots__ = ('a',)
        a = 1
except ValueError as e: print(e)
class R(P):
    __slots__ = ('__dict__', '__weakref__')
r = R(1); r.any = 2
print(r.__dict__)
try:
    class S(int): __slots__ = ('a',)
except TypeError as e: print(e)
class M:
    __slots__ = ['__private']
    def __init__(self): self.__private = 5
print(M()._M__private, M.__slots__)
