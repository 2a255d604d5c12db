def show(*a, **k): print(a, sorted(k.items()))
show(*'ab', *range(2), x=1, **{'y': 2}, **{'z': 3})
print([*'ab', *[1, 2]], (*range(3),), {*[1, 1]}, {**{'a': 1}, 'b': 2, **{'a': 3}})
print(*[1, 2, 3], sep='-')
def gen():
    yield 1; yield 2
show(*gen())
first, *rest = gen()
print(first, rest)
a, (b, *c), d = 1, 'xyz', 4
print(a, b, c, d)
def ret(): return *[1], 2
print(ret())
for x in *[1], 2: print(x)
