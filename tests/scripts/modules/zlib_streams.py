import copy
import zlib

FOO = b'x\x9cK\xcb\xcf\x07\x00\x02\x82\x01E'
corrupt = FOO[:-1] + b'\0'
data = b'the quick brown fox ' * 500


def show(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


for wbits in (15, -15, 31):
    packed = zlib.compress(data, wbits=wbits)
    print(len(packed) < len(data) // 10, zlib.decompress(packed, wbits=wbits) == data)
packed = zlib.compress(data)
d = zlib.decompressobj()
parts = [d.decompress(packed[:20])]
parts.append(d.decompress(packed[20:] + b'more', 100))
print(len(parts[1]), d.eof, bool(d.unconsumed_tail))
while d.unconsumed_tail:
    parts.append(d.decompress(d.unconsumed_tail, 3000))
parts.append(d.flush())
print(b''.join(parts) == data, d.eof, d.unused_data)

c = zlib.compressobj(9, zdict=b'quick brown')
head = c.compress(data[:1000]) + c.flush(zlib.Z_SYNC_FLUSH)
twin = copy.copy(c)
first, second = head + c.flush(), head + twin.compress(b'!') + twin.flush()
print(zlib.decompressobj(zdict=b'quick brown').decompress(first) == data[:1000])
print(zlib.decompressobj(zdict=b'quick brown').decompress(second)[-3:])
show(lambda: zlib.decompress(first))
show(lambda: zlib.decompressobj(zdict=b'other').decompress(first))
show(c.flush)
show(lambda: c.compress(b''))
show(c.copy)

inc = zlib._ZlibDecompressor()
out = inc.decompress(packed + b'tail', 50)
print(len(out), inc.needs_input, inc.eof)
while not inc.eof:
    out += inc.decompress(b'', 4000)
print(out == data, inc.unused_data, inc.needs_input)
show(lambda: inc.decompress(b''))

d = zlib.decompressobj()
print(d.decompress(corrupt, 1))
show(d.flush)
d = zlib.decompressobj()
print(d.decompress(FOO), d.flush(), d.flush())
print(zlib.decompressobj().copy().decompress(FOO))
for f in (
    lambda: zlib.decompress(b'abc'), lambda: zlib.decompress(b''), lambda: zlib.decompress(corrupt),
    lambda: zlib.compress(b'a', 10), lambda: zlib.compressobj(10), lambda: zlib.decompressobj(99),
    lambda: zlib.decompressobj(zdict=3), lambda: zlib.decompress(FOO, bufsize=-1),
    lambda: zlib.decompress(FOO, wbits=31), lambda: type(c)(), lambda: zlib.decompressobj().flush(0),
    lambda: zlib.decompressobj().decompress(b'', -1), lambda: zlib.crc32(3.5),
    lambda: (zlib.crc32(b'penguin'), zlib.crc32(b'penguin', 1), zlib.adler32(b'penguin'), zlib.adler32(b'penguin', 0)),
):
    show(f)
