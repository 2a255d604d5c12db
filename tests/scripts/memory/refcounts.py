import sys
class O: pass
o = O(); base = sys.getrefcount(o)
l = [o, o]; print(sys.getrefcount(o) - base); d = {'k': o}; print(sys.getrefcount(o) - base)
del l; print(sys.getrefcount(o) - base); d.clear(); print(sys.getrefcount(o) - base)
def f(x): return sys.getrefcount(x) - base
print(f(o) >= 0); t = (o,) * 10; print(sys.getrefcount(o) - base); del t
c = [lambda: o]; print(sys.getrefcount(o) - base); p = o.__dict__; o.self = o; print(sys.getrefcount(o) - base); del o.self; print(sys.getrefcount(o) - base)
