class A:
    def __new__(cls, *a, **k):
        print('new', cls.__name__, a, k); return super().__new__(cls)
    def __init__(self, *a, **k): print('init', a, k)
A(1, x=2)
class One:
    instance = None
    def __new__(cls):
        if cls.instance is None: cls.instance = super().__new__(cls)
        return cls.instance
print(One() is One())
class Up(str):
    def __new__(cls, s): return super().__new__(cls, s.upper())
u = Up('abc')
print(u, type(u).__name__, u + 'd', isinstance(u, str), type(u + 'd').__name__)
class Other:
    def __new__(cls): return 5
    def __init__(self): print('never')
print(Other())
class Bad:
    def __init__(self): return 1
try: Bad()
except TypeError as e: print(e)
class Plain: pass
try: Plain(1)
except TypeError as e: print(e)
try: object(1)
except TypeError as e: print(e)
try: object.__new__(int)
except TypeError as e: print(e)
try: Up.__new__()
except TypeError as e: print(e)
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
print(T(1, 2), T(1, 2) == (1, 2))
class L(list):
    def __init__(self, *a): super().__init__(a); self.extra = 1
print(L(1, 2), L(1).extra)
class D(dict):
    def __missing__(self, k): return f'missing {k}'
print(D(a=1)['a'], D()['q'], D().get('q'))
