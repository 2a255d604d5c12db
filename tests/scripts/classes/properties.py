class T:
    def __init__(self): self._c = 0
    @property
    def c(self):
        "Celsius"
        return self._c
    @c.setter
    def c(self, v):
        if v < -273: raise ValueError('too cold')
        self._c = v
    @c.deleter
    def c(self):
        print('deleted'); self._c = 0
    @property
    def read_only(self): return 1
t = T()
t.c = 20
print(t.c, T.c.__doc__, type(T.c).__name__)
del t.c
print(t.c)
try: t.c = -300
except ValueError as e: print(e)
try: t.read_only = 2
except AttributeError as e: print(e)
try: del t.read_only
except AttributeError as e: print(e)
class U(T):
    @T.c.getter
    def c(self): return 'from U'
print(U().c)
p = property()
class V: p = p
try: V().p
except AttributeError as e: print(e)
class W:
    @property
    def bad(self): return self.missing
try: W().bad
except AttributeError as e: print(e, e.name)
