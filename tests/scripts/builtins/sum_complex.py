"""sum() of complex numbers loses as little as that of floats; `!=` of None; reprs of bytearrays."""
print(sum([1e16 + 1j, 1.0, -1e16 + 1e16j, 1j, -1e16j]), sum([1, 2.5, 0.1j] * 10), sum([2j], 1), sum([True, 1j, 10**30]))
print(None.__ne__(None), None.__ne__(1), object.__ne__(None, None), object.__ne__(1, 2))
print(*map(bytearray, [b"'", b'"', b'\'"', b'\\\n\xff']))
try:
    b'%c' % None
except TypeError as e:
    print(e)


class C: pass


import weakref
c = C()
print(repr(weakref.ref(c)).split("'")[1], repr(weakref.proxy(c)).split("'")[1])
