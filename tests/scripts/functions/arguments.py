def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw
print(f(1, d=4))
print(f(1, 20, 30, 40, 50, d=4, z=26))
print(f(*[1, 2], **{'d': 4, 'c': 9}))
print(f(*(1,), *[2, 3], 4, d=0, **{'x': 1}, y=2))
print(f(1, d=4, a='keyword a', b='keyword b'))
def g(*, only): return only
def h(a, b): pass
for call in ('f()', 'f(1)', 'g(1, only=2)', 'g()', 'h(1)', 'h()', 'h(1, 2, 3)', 'h(1, a=1)', 'h(1, 2, z=3)',
             'h(**{1: 2})', 'h(*5)', 'h(**5)', 'f(1, d=1, **{"d": 2})', 'len()', 'len(1, 2)', 'int(x=1)',
             '(lambda: 0)(1)', 'h(b=1)', 'h(1, 2, c=1, d=2)', 'sorted()', 'print(1, foo=2)'):
    try:
        print(call, eval(call))
    except TypeError as e:
        print(call, '->', e)
