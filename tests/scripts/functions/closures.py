def make():
    return [lambda: i for i in range(3)], [lambda i=i: i for i in range(3)]
late, early = make()
print([f() for f in late], [f() for f in early])
def counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
a, b = counter(), counter()
print(a(), a(), b(), a(5))
print(a.__closure__[0].cell_contents, a.__code__.co_freevars, counter.__code__.co_cellvars)
def outer(p, x='unused'):
    class Inner:
        y = p
        def method(self): return x, p, self.y
        x = 'class x'
        z = [x for _ in range(1)]
    return Inner
print(outer('arg')().method(), outer('arg').x, outer('arg').z)
def later():
    def use(): return value
    value = 1
    r = use()
    value = 2
    return r, use()
print(later())
def empty():
    def use(): return never
    if False: never = 1
    return use
try:
    empty()()
except NameError as e:
    print(e)
try:
    empty().__closure__[0].cell_contents
except ValueError as e:
    print(e)
