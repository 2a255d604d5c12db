def inner():
    x = yield 'a'
    print('inner got', x)
    try: yield 'b'
    except ValueError: print('inner caught'); yield 'c'
    return 'result'
def outer():
    r = yield from inner()
    print('result', r)
    r = yield from [1, 2]
    print(r)
    return (yield from ())
o = outer()
print(next(o), o.send(5), o.throw(ValueError), next(o), next(o))
print(list(o))
def tree(n): 
    if n: 
        yield from tree(n - 1); yield n; yield from tree(n - 1)
print(list(tree(3)))
def a():
    try: yield from b()
    except KeyError as e: print('a caught', e)
    yield 'after'
def b():
    try: yield 1
    finally: print('b finally')
x = a(); next(x); print(x.throw(KeyError('k'))); x.close()
class It:
    def __iter__(self): return self
    def __next__(self): raise StopIteration('from It')
def d():
    v = yield from It(); print(v)
list(d())
try: list((lambda: (yield from 5))())
except TypeError as e: print(e)
