class A:
    a = 1
    b = a + 1
    for i in range(3):
        exec(f'm{i} = {i}')
    if b == 2:
        def f(self): return 'if'
    else:
        def f(self): return 'else'
    print('in body', __name__, __qualname__)
    c = [i * 2 for i in range(b)]
    del i
print(A.b, A.m2, A().f(), A.c, hasattr(A, 'i'))
print([k for k in A.__dict__ if not k.startswith('__')])
def factory(base):
    class Made(base):
        "doc of Made"
        pass
    return Made
M = factory(A)
print(M.__qualname__, M.__doc__, M.__firstlineno__, M.__static_attributes__)
class Attr:
    def __init__(self): self.p = 1; self.q = 2
print(sorted(Attr.__static_attributes__))
