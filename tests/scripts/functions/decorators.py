import functools
def trace(tag):
    print('make', tag)
    def wrap(f):
        print('wrap', tag, f.__name__)
        @functools.wraps(f)
        def inner(*a, **k):
            print('call', tag)
            return f(*a, **k)
        return inner
    return wrap
@trace('outer')
@trace('inner')
def add(a, b):
    "Adds."
    return a + b
print(add(1, 2), add.__name__, add.__doc__, add.__wrapped__.__qualname__)
@(lambda f: 'replaced')
def gone(): pass
print(gone)
@type
class X: pass
print(X)
@functools.cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80), fib.cache_info())
@functools.lru_cache(maxsize=2)
def sq(n):
    print('computing', n)
    return n * n
sq(1); sq(2); sq(1); sq(3); sq(2)
print(sq.cache_info())
