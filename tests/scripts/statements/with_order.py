class M:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow
    def __enter__(self):
        print('enter', self.name)
        return self.name
    def __exit__(self, t, v, tb):
        print('exit', self.name, t and t.__name__, v)
        return self.swallow

with M('a') as a, M('b') as b:
    print(a, b)
with (M('c') as c, M('d')):
    print(c)
with M('outer', swallow=True):
    with M('inner'):
        raise ValueError('boom')
print('after')
def f():
    for i in range(3):
        with M(i):
            if i == 1:
                return 'returned'
print(f())
for i in range(3):
    with M(i):
        if i == 0: continue
        break
try:
    with M('x'):
        1/0
except ZeroDivisionError as e:
    print(e)
try:
    with 5: pass
except TypeError as e:
    print(e)
class NoExit:
    def __enter__(self): pass
try:
    with NoExit(): pass
except TypeError as e:
    print(e)
with M('t') as (x, *y):
    print(x, y)
