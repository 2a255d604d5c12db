b = b'Hello\x00\xff'
print(b, list(b[:3]), b[0], b[1:3], b + b'x', b * 2, b'el' in b, 72 in b, len(b), b.hex(), b.hex('-', 2), bytes.fromhex('4a 4B'))
print(bytes(3), bytes([1, 2]), bytes('é', 'utf-8'), bytes(b'x'), b'a,b'.split(b','), b'-'.join([b'a', b'b']), b'abc'.upper(), b'abc'.find(b'c'), b'abc'.replace(b'b', b'XX'))
print(b'  x '.strip(), b'abc'.startswith(b'ab'), b'a\nb'.splitlines(), b'abc'.translate(None, b'b'), b'%d %s %b %r' % (5, b'x', b'y', 'z'), b'ab'.center(6, b'.'), b'1'.zfill(3))
print(b'\xe9'.decode('latin-1'), b'\xff'.decode('utf-8', 'replace'), b'\xff'.decode('utf-8', 'backslashreplace'), ascii(b'\xff'.decode('utf-8', 'surrogateescape')), b'a\xff'.decode('ascii', 'ignore'))
a = bytearray(b'abc')
a[0] = 120; a.append(33); a.extend(b'yz'); a += b'!'; del a[1]; a.insert(0, 48); a[1:3] = b'QQQ'
print(a, a.pop(), a.remove(48), a, a.reverse(), a, bytes(a), a == b'xyz', a.copy() is a, a.index(b'Q'))
m = memoryview(bytearray(b'0123456789'))
m[2:4] = b'XY'
print(m[2], bytes(m[1:5]), m.tolist()[:3], len(m), m.readonly, m.format, m.itemsize, m.shape, m[::2].tobytes(), m.cast('H').shape, m.nbytes, m.obj)
print(b'abc' < b'abd', b'a' == 'a', hash(b'a') == hash(b'a'), bytes.maketrans(b'a', b'b')[97], b'a' b'b', rb'\n', b'''x''')
for e in ('b[0] ', 'b"a" + "b"', 'b["x"]', 'b[99]', 'bytes("a")', 'bytes([256])', 'bytes(-1)', 'bytes.fromhex("x")', 'a.__setitem__(0, 300)', 'b"é"' if False else '0', 'b"a" % 1', 'b"a".join(["x"])', 'bytearray(b"x").remove(5)', 'm.__setitem__(0, 256)', 'm[50]', 'memoryview(5)', 'm.__setitem__(slice(0,2), b"abc")', 'b"".index(b"x")', 'b"a".decode("nope")', 'b"%d" % "x"', 'memoryview(b"a").__setitem__(0, 1)', 'a.clear() or m.release() or m[0]'):
    try: print(e, repr(eval(e)))
    except Exception as x: print(e, '->', type(x).__name__, x)
