class A:
    x = 'A.x'
    def f(self): return 'A.f'
    @classmethod
    def c(cls): return 'A.c ' + cls.__name__
    @staticmethod
    def s(): return 'A.s'
class B(A):
    x = 'B.x'
    def f(self): return super().f() + super(B, self).f() + super().x
    @classmethod
    def c(cls): return 'B.' + super().c()
    def nested(self):
        def inner(): return super(B, self).f()
        return inner() + __class__.__name__
    g = lambda self: super().f()
b = B()
print(b.f(), B.c(), b.c(), b.nested(), b.g(), super(B, b).s())
try:
    super().x
except RuntimeError as e:
    print(e)
def no_args(): super()
try:
    no_args()
except RuntimeError as e:
    print(e)
try:
    super(B, 5)
except TypeError as e:
    print(e)
try:
    super(B, b).nope
except AttributeError as e:
    print(e)
print(super(B, B).c())
