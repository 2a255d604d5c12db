a, b = {1, 2, 3}, {3, 4}
print(a | b, a & b, a - b, a ^ b, a <= {1, 2, 3, 4}, a < a, a >= {1}, {1} < a, a == {3, 2, 1}, a.isdisjoint({9}), a.union([7], (8,)), a.intersection([1], [1, 2]), a.difference([1]), a.symmetric_difference([1, 9]))
s = set(); s.add(1); s.add(1.0); s.add(True); print(s, len(s), 1 in s, s.discard(5), s.remove(1), s, set('a'), {*()}, set([1, 1]), frozenset([1]))
s = {5}; s |= {6}; s &= {6, 7}; s ^= {7}; s -= {6}; print(s); s.update([1], {2: 3}); print(s); s.difference_update([1]); s.intersection_update([2, 3]); s.symmetric_difference_update([3]); print(s, s.pop() in (2, 3), len(s))
f = frozenset([1, 2]); print(f, f | {3}, type(f | {3}).__name__, type({3} | f).__name__, hash(f) == hash(frozenset([2, 1])), {f: 1}[frozenset([2, 1])], f.copy() is f, f == {1, 2}, frozenset([1]) in {frozenset([1])}, {1} in {frozenset([1])})
print({x for x in 'aab'} == {'a', 'b'}, sorted({'b', 'a'}), {(1, 2)}, {None}, set() == frozenset(), repr(set()), repr(frozenset()), {0, 1} < {0, 1, 2}, {1}.issubset([1, 2]), {1, 2}.issuperset([1]))
for e in ('{1}.remove(2)', '{[]}', 'set(5)', 'set().pop()', '{1} | [2]', '{1} + {2}', '{1}[0]', '{1} < [1]', 'hash(set())', 'f.add(1)', '{1}.union(5)', '{{1}}', '{1}.update(1)', 'set(1, 2)', 'frozenset(1)', 'set().remove({1})'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
