def f(x, seen=[]):
    seen.append(x)
    return seen
print(f(1), f(2), f.__defaults__)
def g(n=print('evaluated at def')):
    return n
g(); g()
f.__defaults__ = ([],)
print(f(9))
def k(*, a=1, b): pass
print(k.__kwdefaults__, k.__code__.co_kwonlyargcount)
