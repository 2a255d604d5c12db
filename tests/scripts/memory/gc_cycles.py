import gc
gc.disable()
class N:
    def __init__(self, n): self.n = n
    def __del__(self): print('del', self.n)
a = N('cycle a'); b = N('cycle b'); a.b, b.a = b, a; del a, b
print('unreachable'); print(gc.collect())
l = []; l.append(l); del l; print(gc.collect())
n = N('self'); n.me = n; n = None; print(gc.collect() > 0)
def closure():
    def f(): return f
    return None
closure(); print(gc.collect() > 0)
d = {}; d['d'] = d; d = None; gc.collect(); print(gc.collect(), gc.garbage, gc.isenabled(), gc.is_tracked([]), gc.is_tracked(1), gc.is_tracked('a'))
x = N('kept'); x.me = x; gc.collect(); print(x.n); r = gc.get_referents([1, 'a']); print(r)
class R:
    def __del__(self): global saved; saved = self
q = R(); q.me = q; del q; gc.collect(); print(saved.me is saved)
print(gc.get_threshold()[0], len(gc.get_count()), sorted(gc.get_stats()[0]))
x.me = None; del x
