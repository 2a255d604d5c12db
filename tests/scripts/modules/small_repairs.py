# Objects that are changed, closed or used again from within an operation on them.
import abc
import array
import collections
import csv
import io
import marshal
import operator
import struct
import zlib


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


class Hashed(array.array):
    def __hash__(self):
        view.release()
        return 1


view = memoryview(Hashed('B', b'abc')).toreadonly()
attempt(lambda: hash(view))
half = struct.Struct.__new__(struct.Struct)
attempt(lambda: half.format)
attempt(lambda: repr(half))
attempt(half.__sizeof__)
print(half.size)


class Lines:
    def __init__(self, ends):
        self.count, self.ends = 0, ends

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        if self.count == 1:
            try:
                next(reader)
            except StopIteration:
                pass
            return 'a,b'
        if self.count == self.ends:
            return 'x'
        raise StopIteration


for ends in 1, 2:
    reader = csv.reader(Lines(ends))
    attempt(lambda: next(reader))


def factory():
    calls.append(1)
    if len(calls) == 1:
        made['key']
    return len(calls)


calls = []
made = collections.defaultdict(factory)
print(made['key'], dict(made))


class Abstract(metaclass=abc.ABCMeta):
    pass


class NoClass:
    def __getattribute__(self, name):
        raise AttributeError(name)


print(isinstance(NoClass(), Abstract))


class Size:
    def __init__(self, action):
        self.action = action

    def __index__(self):
        self.result = self.action()
        return 0


stream = io.BytesIO(b'abc')
attempt(lambda: stream.truncate(Size(stream.close)))
stream = io.BytesIO(b'abc')
size = Size(stream.getbuffer)
attempt(lambda: stream.truncate(size))
size.result.release()
with open('/dev/null', 'rb', buffering=0) as file:
    attempt(lambda: setattr(file, '_blksize', 1))
    attempt(lambda: setattr(file, '_finalizing', 1))
    attempt(lambda: delattr(file, '_finalizing'))
print([getter.__text_signature__ for getter in
       (operator.attrgetter('a'), operator.itemgetter(1), operator.methodcaller('m'))])
inflater = zlib.decompressobj()
inflater.decompress(zlib.compress(b'abc'))
print(inflater.flush(), inflater.flush())
attempt(inflater.copy)


class Meta(type):
    def __hash__(self):
        raise TypeError('no hash')


class A(metaclass=Meta):
    pass


attempt(lambda: hash(A | int))


def f():
    return 1234.5


loop = []
loop.append(f.__code__.replace(co_consts=(None, loop)))
piece = slice([], None)
piece.start.append(piece)
for version in range(6):
    attempt(lambda: marshal.dumps(loop[0], version))
    attempt(lambda: marshal.dumps(piece, version))


class Reads(io.BytesIO):
    def readinto(self, buffer):
        n = super().readinto(buffer)
        return n + 100 if n > 4 else n


attempt(lambda: marshal.load(Reads(marshal.dumps(1.5))))
attempt(lambda: marshal.load(io.BytesIO(marshal.dumps(1.5)[:5])))
attempt(lambda: marshal.load(io.BytesIO(b'')))
print(marshal.load(io.BytesIO(marshal.dumps([1, 'a', (2.5, None)]))))
