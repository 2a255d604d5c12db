f = lambda x, *a, k=1, **kw: (x, a, k, kw)
print(f(1), f(1, 2, k=3, z=4), f.__name__, f.__qualname__)
def outer():
    def inner(): pass
    return inner
print(outer().__qualname__, outer().__module__)
class A:
    def m(self): return lambda: 0
    class B:
        def n(self): pass
print(A.B.n.__qualname__, A().m().__qualname__)
def doc():
    'first line'
    return 1
print(doc.__doc__)
doc.attribute = 5
print(doc.__dict__)
doc.__name__ = 'renamed'
print(doc.__name__)
print((lambda: (yield))().__class__.__name__)
print(sorted([3, 1, 2], key=lambda v: -v))
