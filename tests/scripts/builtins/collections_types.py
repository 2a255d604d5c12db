from collections import *
d = deque([1, 2, 3], maxlen=4)
d.append(4); d.append(5); d.appendleft(0); print(d, d.pop(), d.popleft(), d[0], len(d), d.rotate(1), d, d.maxlen, d.index(3), d.count(2), d.extend([8, 9]), d, d.reverse(), d, d.copy() == d, d + deque([1]), deque('ab') * 2)
d.insert(1, 'i') if len(d) < 4 else None; d.remove(3); d.clear()
for e in ('d.pop()', 'd[0]', 'deque(maxlen=-1)', 'deque(5)', 'd.remove(1)', 'd.index(1)', 'deque([1])+[1]'):
    try: print(eval(e))
    except Exception as x: print(e, type(x).__name__, x)
d.extend([1, 2])
try:
    for x in d: d.append(x)
except RuntimeError as e: print(e)
c = Counter('abca'); c.update('a'); c['z'] -= 1
print(c, c['missing'], c.total(), c - Counter('a'), c + Counter(), list(c.elements()), c.most_common(1), +c, c & Counter('aab'), c | Counter('bbb'))
dd = defaultdict(list); dd['a'].append(1); print(dd, dd['b'], 'zz' in dd, dd.get('zz'), defaultdict(lambda: 5)['q'], defaultdict(None, {1: 2}).default_factory)
try: defaultdict(None)['x']
except KeyError as e: print(repr(e))
o = OrderedDict([('a', 1), ('b', 2)]); o.move_to_end('a'); print(o, o.popitem(last=False), o == {'a': 1}, list(reversed(o)))
m = ChainMap({'a': 1}, {'a': 2, 'b': 3}); m['c'] = 4; print(m, m['b'], len(m), m.maps[0], m.new_child({'x': 1})['a'])
class U(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
print(U(a=1), UserList([1, 2])[::-1], UserString('ab').upper())
P = namedtuple('P', 'x y'); p = P(1, y=2); print(p, p == (1, 2), P._make([3, 4]), p._fields, P.__doc__, p[0])
for e in ("namedtuple('A', 'a a')", "namedtuple('A', 'def')", "namedtuple('1', 'a')", "p.z", "P(1)", "P(1, 2, 3)"):
    try: eval(e)
    except Exception as x: print(type(x).__name__, x)
