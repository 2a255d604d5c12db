class A:
    def who(self): return 'A'
class B(A):
    def who(self): return 'B' + super().who()
class C(A):
    def who(self): return 'C' + super().who()
class D(B, C):
    def who(self): return 'D' + super().who()
print(D().who(), [k.__name__ for k in D.__mro__], D.__bases__)
try:
    class E(A, B): pass
except TypeError as e:
    print(e)
a = A()
a.x = 1
A.x = 2
print(a.x, a.__dict__, A.x)
del a.x
print(a.x, vars(a))
print(hasattr(a, 'nope'), getattr(a, 'nope', 'default'))
for expression in ('a.nope', 'A.nope', '(1).nope', 'a.whoo', 'None.x', 'len.y', '[].appendd', 'A.__nope__'):
    try:
        eval(expression)
    except AttributeError as e:
        print(e)
try:
    (1).x = 2
except AttributeError as e:
    print(e)
try:
    int.x = 2
except TypeError as e:
    print(e)
print(isinstance(D(), (int, A)), issubclass(D, B), D.__name__, D.__module__, D.__qualname__)
print(A.who.__name__, a.who.__func__ is A.who, a.who.__self__ is a)
