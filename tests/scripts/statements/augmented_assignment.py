class Loud:
    def __init__(self, v): self.v = v
    def __iadd__(self, other):
        print('iadd'); self.v += other; return self
    def __add__(self, other):
        print('add'); return Loud(self.v + other)
    def __imul__(self, other):
        return NotImplemented
    def __mul__(self, other):
        print('mul'); return Loud(self.v * other)
x = y = Loud(1)
x += 2
print(x is y, x.v)
x *= 3
print(x is y, x.v)
l = m = [1]
l += (2, 3)
print(m)
l *= 2
print(m)
t = u = (1,)
t += (2,)
print(t, u)
n = 7
n //= 2; print(n)
n **= 3; print(n)
n %= 5; print(n)
n <<= 4; print(n)
n |= 1; print(n)
n ^= 0xff; print(n)
n >>= 2; print(n)
n &= 0x1f; print(n)
n -= 1.5; print(n)
n /= 2; print(n)
t = ([],)
try:
    t[0] += [1]
except TypeError as e:
    print(e, t)
def index():
    print('index once')
    return 0
a = [10]
a[index()] += 1
print(a)
