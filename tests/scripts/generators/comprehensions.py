print([x * y for x in range(3) for y in range(x)], {x % 3 for x in range(9)} == {0, 1, 2}, {k: v for k, v in zip('ab', (1, 2))})
print([[j for j in range(i)] for i in range(4)], [x for x in range(20) if x % 2 if x % 3])
print(sum(x for x in range(5)), list(i for i in 'abc'), max((len(w), w) for w in ['a', 'ccc', 'bb']))
x = 'outer'
print([x for x in 'in'], x)
def lazy():
    print('made'); yield 1
g = (v for v in lazy())
print('not yet'); print(list(g))
try: (v for v in 5)
except TypeError as e: print(e)
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
def f():
    a = 1
    return [a + b for b in range(3)], {a: a for _ in [0]}
print(f())
class C:
    n = 3
    r = [i for i in range(n)]
print(C.r)
print([(a, b) for a, *b in ['xyz', 'pq']], [y for x in [[1], [2]] for y in x])
print({**{k: 1 for k in 'ab'}, 'c': 2}, [*(i for i in range(3))])
it = iter(range(10))
print([(a, next(it)) for a in it])
