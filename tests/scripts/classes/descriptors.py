class Data:
    def __set_name__(self, owner, name):
        print('set_name', owner.__name__, name); self.name = name
    def __get__(self, obj, cls=None):
        print('get', obj is None, cls.__name__)
        return self if obj is None else obj.__dict__.get(self.name, 'unset')
    def __set__(self, obj, value):
        print('set', value); obj.__dict__[self.name] = value
    def __delete__(self, obj):
        print('delete'); del obj.__dict__[self.name]
class NonData:
    def __get__(self, obj, cls): return 'non-data'
class C:
    d = Data()
    n = NonData()
c = C()
print(c.d)
c.d = 5
print(c.d, c.__dict__)
c.__dict__['d'] = 'shadow?'
print(c.d)
del c.d
c.n = 'instance wins'
print(c.n, C().n)
C.d
try:
    class E:
        x = type('Bad', (), {'__set_name__': lambda s, o, n: 1/0})()
except ZeroDivisionError as e:
    print(e, e.__notes__)
class Method:
    def __init__(self, f): self.f = f
    def __get__(self, obj, cls): return lambda *a: self.f(obj, *a)
class F:
    @Method
    def m(self, x): return self.__class__.__name__, x
print(F().m(3))
