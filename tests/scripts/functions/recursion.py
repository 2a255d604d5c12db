def fact(n): return 1 if n == 0 else n * fact(n - 1)
print(fact(30))
def ack(m, n):
    if m == 0: return n + 1
    if n == 0: return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))
print(ack(2, 3))
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
print(even(100), odd(7))
def endless(): return endless()
try:
    endless()
except RecursionError as e:
    print(e)
class R:
    def __repr__(self): return repr(self)
try:
    repr(R())
except RecursionError as e:
    print(type(e).__name__)
l = []
l.append(l)
print(l)
d = {}
d['d'] = d
print(d)
try:
    l == [l]
    a = []; b = [a]; a.append(b)
    a == b
except RecursionError as e:
    print(type(e).__name__)
