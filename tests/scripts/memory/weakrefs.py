import weakref, gc
class O:
    def __init__(self, n='o'): self.n = n
    def __repr__(self): return f'O({self.n})'
o = O(); r = weakref.ref(o, lambda ref: print('callback', ref() is None)); print(r() is o, weakref.ref(o) is weakref.ref(o), weakref.getweakrefcount(o))
del o; print(r())
p = O('p'); x = weakref.proxy(p); print(x.n, str(x)); x.n = 'set'; print(p.n); del p
try: x.n
except ReferenceError as e: print(e)
wv = weakref.WeakValueDictionary(); k = O('k'); wv['a'] = k; print(len(wv), wv['a']); del k; print(len(wv), 'a' in wv)
wk = weakref.WeakKeyDictionary(); k = O('k2'); wk[k] = 1; print(wk[k], len(wk)); del k; print(len(wk))
ws = weakref.WeakSet(); a = O('s'); ws.add(a); print(a in ws, len(ws)); del a; print(len(ws))
f = O('f'); fin = weakref.finalize(f, print, 'finalized', 1); print(fin.alive); del f; print(fin.alive)
class M:
    def method(self): return 'called'
m = M(); wm = weakref.WeakMethod(m.method); print(wm()()); del m; print(wm())
for v in (5, 'a', [], (), None, {}):
    try: weakref.ref(v)
    except TypeError as e: print(e)
class S: __slots__ = ()
try: weakref.ref(S())
except TypeError as e: print(e)
a, b = O('a'), O('b'); ra, rb = weakref.ref(a), weakref.ref(b); print(ra == rb, hash(ra) == hash(a)); a.me = a; del a; print(ra() is None); gc.collect(); print(ra())
def func(): pass
print(weakref.ref(func)() is func, weakref.ref(O)() is O)
