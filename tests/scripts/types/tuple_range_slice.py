t = (1, 2, 3)
print(t + (4,), t * 2, t[0], t[-1], t[::-1], t.index(2), t.count(1), (), (1,), len(t), 2 in t, t < (1, 3), hash((1, 2)) == hash((1, 2)), tuple('ab'), t is tuple(t))
r = range(10, 0, -3)
print(r, list(r), len(r), r[1], r[-1], r[1:3], 4 in r, 5 in r, r.index(4), r.count(7), r.start, r.stop, r.step, range(0) == range(5, 5), range(3) == range(0, 3, 1), hash(range(0, 3, 2)) == hash(range(0, 4, 2)))
print(range(5)[::-1], list(reversed(range(3))), range(10 ** 30)[-1], len(range(0, -10, -2)), bool(range(0)), range(1, 10)[2:5], max(range(5)), 3.0 in range(5), 'a' in range(3))
s = slice(1, 10, 2)
print(s, s.indices(5), slice(None).indices(3), slice(-1, None, -1).indices(4), s == slice(1, 10, 2), slice(5), s.start, hash(slice(1, 2)) == hash(slice(1, 2)))
for e in ('t[5]', 't["a"]', 't + [1]', 't.index(9)', 'range(1.5)', 'range(1, 2, 0)', 'range()', 'r[99]', 'len(range(10**30))', 'r.index(5)', 't.__setitem__', '(1, []).__hash__()', '{(1, []): 2}', 'slice()', 'slice(1, 2, 0).indices(5)', '"abc"[::0]', 'tuple(5)', 'range("a")', 't[0:"x"]'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
try: t[0] = 1
except TypeError as e: print(e)
try: del t[0]
except TypeError as e: print(e)
try: r.start = 1
except AttributeError as e: print(e)
