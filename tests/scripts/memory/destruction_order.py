class D:
    def __init__(self, n): self.n = n
    def __del__(self): print('del', self.n)
a = D('a'); b = a; del a; print('still'); del b
D('temporary'); print('after temporary')
def f():
    x, y = D('x'), D('y')
    print('in f')
f()
l = [D(i) for i in range(3)]; del l[1]; print('list'); l.clear()
x = D('first'); x = D('second'); print('rebound'); x = None
d = {'k': D('value')}; d['k'] = D('new value'); d.pop('k'); print('popped')
def g():
    yield D('yielded')
    print('resumed')
for v in g(): print('loop')
del v
class H: pass
h = H(); h.p, h.q = D('p'), D('q'); del h
t = (D(1), D(2)); del t
def args(a, b): del a; print('deleted a')
args(D('arg a'), D('arg b'))
try:
    e = D('in try'); raise ValueError
except ValueError: pass
del e
print(D('printed').n)
s = {D('in set')}; s.pop(); print('popped from set')
c = lambda: D('from lambda'); c(); w = [D('w')]; w = w + [D('w2')]; del w
D('chain').n.upper(); print('end'); keep = D('at exit')
