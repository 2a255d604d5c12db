x = 'global'
def reads(): return x
def shadows():
    x = 'local'
    return x
class C:
    x = 'class'
    def method(self): return x
    y = [x for _ in (1,)]
    z = list(map(lambda _: x, (1,)))
print(reads(), shadows(), C().method(), C.x, C.y, C.z)
def broken():
    try:
        print(x)
    except UnboundLocalError as e:
        print(e)
    x = 1
broken()
print([x for x in range(3)], x)
exec('y = x + "!"')
print(y)
def with_exec():
    ns = {'x': 5}
    exec('z = x * 2', ns)
    return ns['z']
print(with_exec(), eval('x', {'x': 'given'}))
def loc(a, b=2):
    c = a
    return sorted(locals())
print(loc(1))
import builtins
builtins.shared = 'from builtins'
print(shared)
len = lambda v: 'shadowed'
print(len([]))
del len
print(len([]))
