class A:
    __x = 1
    def get(self): return self.__x
    def set(self, __v): self.__x = __v; return __v
    def kw(self, __k=5): return __k
    class B__:
        __y = 2
class _Under:
    __z = 3
    def f(self): __l = 1; return locals()
print(A().get(), A._A__x, A.B__._B____y, _Under._Under__z)
print(_Under().f().keys() - {'self'})
a = A()
a.set(9)
print(a.__dict__, a.kw(_A__k=7))
try: a.__x
except AttributeError as e: print(e)
class C(A):
    def peek(self): return self.__x
try: C().peek()
except AttributeError as e: print(e)
