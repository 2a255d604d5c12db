import functools
print(sorted('banana'), sorted(['b', 'A', 'a'], key=str.lower), sorted([3, 1, 2], reverse=True), sorted({'b': 1, 'a': 2}), sorted([(1, 'b'), (1, 'a'), (0, 'z')]))
rows = [('x', 1), ('y', 2), ('z', 1), ('w', 2)]
print(sorted(rows, key=lambda r: r[1]), sorted(rows, key=lambda r: r[1], reverse=True), sorted(rows, key=lambda r: (-r[1], r[0])))
print(sorted([5, 2, 8], key=functools.cmp_to_key(lambda a, b: b - a)), sorted([0.5, 1, True, -1]), sorted([[2], [1, 5], [1]]), sorted(['10', '9', '1']))
big = [(i * 7919) % 1000 for i in range(1000)]
print(sorted(big) == list(range(1000)), sorted(big, reverse=True)[:3], sorted(range(100), key=lambda v: v % 10)[:12])
calls = []
sorted([3, 1, 2], key=lambda v: calls.append(v) or v); print(calls)
print(min('c', 'a', 'b'), max([1, 5, 3], key=lambda v: -v), min([], default='none'), max('ab', 'abc', key=len), min([(2, 'a'), (1, 'z')]))
for e in ('min([])', 'max()', 'max(1)', 'sorted([1, "a"])', 'min(1, "a")', 'sorted([1, 2], key=5)', 'sorted(5)', 'max([], default=1, foo=2)', 'min(1, 2, default=3)', 'sorted([1j, 2j])', '[1, 2].sort(key=lambda v: 1/0)'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
class X:
    def __init__(self, v): self.v = v
    def __lt__(self, o): raise RuntimeError('compare')
try: sorted([X(1), X(2)])
except RuntimeError as e: print(e)
