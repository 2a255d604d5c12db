d = {'b': 1, 'a': 2}
d['c'] = 3; d['b'] = 9
print(d, list(d), d.keys(), d.values(), d.items(), len(d), 'a' in d, d.get('z'), d.get('z', 0), d.setdefault('a', 5), d.setdefault('n', []), d)
print(d.pop('n'), d.pop('zz', 'default'), d.popitem(), d, d.update({'x': 1}, y=2), d, d.update([('p', 1)]), d.copy() == d, dict.fromkeys('ab', 0), dict(a=1, b=2), dict([(1, 2)]), dict(zip('ab', 'cd')))
print({'a': 1} | {'b': 2}, {'a': 1} | {'a': 2}, {1: 'x'} == {1.0: 'x'}, {'a': 1, 'b': 2} == {'b': 2, 'a': 1}, {**d, 'z': 0})
e = {}; e |= {'k': 1}; e |= [('l', 2)]; print(e, list(reversed(e)), list(reversed(e.items())))
k, i = d.keys(), d.items()
print(k & {'a', 'x'} == {'a', 'x'}, k - {'a'} == {'b', 'x', 'y', 'p'}, ('a', 2) in i, k.isdisjoint(['q']), k.mapping['a'], sorted(k | ['new'])[:2], k == set(d))
d.clear(); print(d, k)
d = {1: 'a', True: 'b', 1.0: 'c', '1': 'd'}; print(d)
d = {i: i for i in range(5)}; del d[0]; d[0] = 'again'; print(d, next(iter(d)))
class K:
    def __init__(self, h): self.h = h
    def __hash__(self): return self.h
    def __eq__(self, o): print('eq'); return self.h == o.h
x = {K(1): 'one'}; print(x[K(1)], K(2) in x)
class Str(str):
    def __hash__(self): return 5
    def __eq__(self, o): return True
print({'a': 1}.get(Str('a')))
for ex in ("d['nope']", "d[[]]", "{}.popitem()", "{}.pop('x')", "dict(5)", "dict([1])", "dict([(1, 2, 3)])", "{1: 2} < {1: 3}", "d.nope", "{} + {}", "{**5}", "dict(**{1: 2})", "d.update(5)", "{}.fromkeys(5)", "hash({})", "dict(a=1, **{'a': 2})", "{{}: 1}", "d.keys()[0]", "dict.fromkeys()", "{'a': 1}['b']", "d.get()", "{} | 5"):
    try: print(ex, eval(ex))
    except Exception as err: print(ex, '->', type(err).__name__, err)
