class Count:
    def __init__(self, n): self.n = n
    def __iter__(self): print('iter'); return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1; return self.n
print(list(Count(3)), [*Count(2)], tuple(Count(1)), 1 in Count(3))
for x in Count(2): print(x)
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(list(Old()), 20 in Old(), list(reversed([1, 2])))
print(list(iter(lambda c=iter('abXc'): next(c), 'X')))
it = iter([1, 2, 3])
print(next(it), list(it), next(it, 'end'), it.__length_hint__())
class NotIter: pass
for e in ('iter(NotIter())', 'next(5)', 'for_(5)', 'iter(len, 1, 2)', '[*5]', 'list(None)', 'dict([1])', 'dict(["abc"])', 'a, b = NotIter()'):
    try: exec(e.replace('for_(5)', 'for x in 5: pass'))
    except TypeError as err: print(err)
    except ValueError as err: print(err)
class BadIter:
    def __iter__(self): return 5
try: iter(BadIter())
except TypeError as e: print(e)
print(list(zip('ab', range(5))), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, '', 'x'])), list(enumerate('ab', 5)))
try: list(zip('ab', 'abc', strict=True))
except ValueError as e: print(e)
d = {1: 1}
try:
    for k in d: d[k + 1] = 1
except RuntimeError as e: print(e)
l = [1, 2, 3]
for v in l:
    if len(l) < 6: l.append(v)
print(l)
s = {1}
try:
    for v in s: s.add(v + 1)
except RuntimeError as e: print(e)
