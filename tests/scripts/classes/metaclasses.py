class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print('prepare', name, kw)
        return {'prepared': True}
    def __new__(mcs, name, bases, ns, **kw):
        print('new', name, sorted(k for k in ns if not k.startswith('__')))
        return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        print('init', name); super().__init__(name, bases, ns)
    def __call__(cls, *a):
        print('call', cls.__name__); return super().__call__(*a)
    def __len__(cls): return 42
    def __instancecheck__(cls, obj): return obj == 'instance'
    @property
    def meta_property(cls): return cls.__name__.lower()
class A(metaclass=Meta, option=1):
    x = 1
class B(A):
    y = 2
print(type(B), len(B), B.meta_property, B().y, isinstance('instance', A))
try:
    B().meta_property
except AttributeError as e:
    print(e)
C = Meta('C', (A,), {'z': 3})
print(C.z, C.__mro__[1].__name__)
class Other(type): pass
try:
    class Bad(A, metaclass=Other): pass
except TypeError as e:
    print(e)
class F(metaclass=lambda n, b, d: (n, b, sorted(d))): q = 1
print(F)
print(type('T', (), {'a': 1}).a, type(type('T', (), {})))
try:
    type('T', (int, str), {})
except TypeError as e:
    print(e)
