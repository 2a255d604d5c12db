x = 1
del x
try:
    x
except NameError as e:
    print(e)
l = [0, 1, 2, 3, 4, 5]
del l[0], l[-1]
print(l)
del l[::2]
print(l)
d = {'a': 1, 'b': 2}
del d['a']
print(d)
try:
    del d['zz']
except KeyError as e:
    print(repr(e))
class C:
    attr = 1
c = C()
c.x = 1
del c.x
try:
    del c.attr
except AttributeError as e:
    print(e)
def f():
    y = 1
    del y
    try:
        return y
    except UnboundLocalError as e:
        return str(e)
print(f())
def g():
    z = 1
    def inner(): return z
    del z
    try:
        inner()
    except NameError as e:
        print(e)
g()
(a, b) = 1, 2
del (a, [b])
print('a' in globals(), 'b' in globals())
