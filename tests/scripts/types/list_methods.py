l = [3, 1, 2]
l.append(5); l.insert(1, 'a'); l.insert(-100, 'first'); l.insert(100, 'last'); l.extend('xy'); print(l)
print(l.pop(), l.pop(0), l.pop(-2), l.index('a'), l.count(1), l.remove('a'), l)
l = [5, 2, 9, 1]
print(l.sort(), l, l.sort(reverse=True), l, sorted(l, key=lambda v: v % 5), l.reverse(), l, l.copy() is l, l * 2, l + [0], [0] * 3)
l = list(range(10))
print(l[2:5], l[::-2], l[-3:], l[5:2], l[8:100], l[::3], l[-1], l[slice(1, 3)])
l[2:4] = 'XYZ'; print(l); l[::2] = range(6) if len(l[::2]) == 6 else l[::2]; print(l); del l[1:3]; print(l); l[1:1] = [7, 7]; print(l); l[:] = []; print(l)
print([1, 2] == [1, 2.0], [1, 2] < [1, 3], [1] < [1, 0], [] < [0], [[1], [2]] > [[1]], 1 in [1.0], [1, [2, 3]], [1, 2, 3].__contains__(4))
data = [('b', 2), ('a', 2), ('c', 1)]
print(sorted(data, key=lambda t: t[1]), sorted(data, key=lambda t: t[1], reverse=True), min(data), max(data, key=lambda t: t[1]))
l = [[0] * 2] * 2; l[0][0] = 1; print(l)
l = [1, 2, 3]; l.clear(); print(l, bool(l))
a = [1, 2]; a.extend(a); print(a); a[1:3] = a; print(a); a *= 0; print(a)
l = list(range(6)); del l[::2]; print(l)
for e in ('[].pop()', '[1].pop(5)', '[1][5]', '[1]["a"]', '[1].remove(2)', '[1].index(9)', '[1] + (2,)', '[1] * "a"', '[3, "a"].sort()', '[1] < ["a"]', 'list(5)', '[1, 2].__setitem__(slice(0, 2, 2), [1, 2, 3])', '[1].__setitem__(5, 0)', '[].insert("a", 1)', '[1, 2][1.0]', '[1].extend(5)', '{[]: 1}', '[0] * (10 ** 20)', '[1].foo', 'sorted([1, None])', '[].__delitem__(0)', 'list(1, 2)', '[1,2].sort(5)', '[1][::0]'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
def bad_key(v): l2.append(v); return v
l2 = [1, 2]
try: l2.sort(key=bad_key)
except ValueError as e: print(e, l2)
class Rev:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v > o.v
    def __repr__(self): return f'R{self.v}'
print(sorted(map(Rev, [1, 3, 2])))
