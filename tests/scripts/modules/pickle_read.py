# Pickles read back; damaged ones raise what CPython raises.
import _pickle
import io
import pickle
import re


class Plain:
    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


class Slots:
    __slots__ = ('x', '__dict__')


class State:
    def __setstate__(self, state):
        self.state = state


def attempt(data, **options):
    for load in (pickle.loads, lambda data, **options: pickle.load(io.BytesIO(data), **options)):
        try:
            print(re.sub(' at 0x[0-9a-f]+', '', repr(load(data, **options))))
        except RecursionError:
            print('RecursionError')
        except Exception as e:
            print(type(e).__name__, e)


GOOD = [
    b'I01\n.', b'I1\n.', b'I-0x1f\n.', b'I010\n.', b'L123L\n.', b'L5\n.', b'F1.5\n.', b"S'a\\n'\n.", b'Vabc\\u1234\n.',
    b'\x8a\x00.', b'\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.', b'U\x03abc.', b'(lp0\n.', b'(I1\nI2\nd.', b'(12N.',
    b'(I1\nI2\nt.', b'(K\x01K\x02l.', b'N0.' b'N.', b'N2\x86.', b'\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N..',
    b'cbuiltins\nlen\n.', b'\x80\x04\x8c\x08builtins\x8c\x09str.upper\x93.', b'c__builtin__\nxrange\n(I3\ntR.',
    b'(ibuiltins\nlist\n.', b'(cbuiltins\nlist\no.', b'\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.', b']p1000000\n.',
    b'\x8f(K\x01K\x02\x90.', b'(K\x01\x91.', b'](K\x01K\x02e.', b'}(K\x01K\x02u.',
]
for data in GOOD:
    print(data)
    attempt(data)
BAD = [
    b'', b'N', b'.', b'(.', b'(', b'0', b'1', b'2', b'a', b'Na', b'NNa.', b'(t', b'e', b'(e', b']NNs', b'}Ns', b'}(Nu', b'u',
    b'R', b'NNR', b')NR', b'NNb', b'b', b'\x81', b'N)\x81', b'cbuiltins\nlen\n)\x81', b'cbuiltins\nint\nN\x81', b'\x92',
    b'cbuiltins\nint\n)N\x92.', b'g1\n', b'gx\n', b'h\x01', b'g-1\n.', b'p-1\n', b'Np-1\n.', b'Npx\n.', b'Iabc\n', b'I\n', b'Labc\n',
    b'L\n', b'Fabc\n', b'F1.5x\n', b'F1e999\n', b'F\n', b'Sabc\n', b"S'abc\n", b"S'\\\n", b'T\xff\xff\xff\xff', b'\x8b\xff\xff\xff\xff',
    b'\x8a\x05a', b'B\x05\x00\x00\x00a', b'X\x05\x00\x00\x00a', b'\x8c\x05a', b'C\x05a', b'G123', b'\x8e' + b'\xff' * 8,
    b'\x8d' + b'\xff' * 8, b'\x96' + b'\xff' * 8, b'\x8d\xff\xff\xff\xff\x00\x00\x00\x00', b'\x95' + b'\xff' * 8,
    b'\x95\x05\x00\x00\x00\x00\x00\x00\x00N', b'\x80\x09.', b'\x80', b'\xff', b"'", b'z', b'\x00', b'\x82\x00', b'\x82\xf0',
    b'\x84\xff\xff\xff\xff', b'cbuiltins\nnothing\n', b'cnothing\nx\n', b'c\nx\n', b'c\xff\nx\n', b'i', b'(ibuiltins\nnothing\n',
    b'NN\x93', b'K\x01\x8c\x01a\x93', b'\x8c\x01a\x93', b'\x80\x04\x8c\x04math\x8c\x06pi.bad\x93', b'Pid\n', b'P\xff\n', b'NQ',
    b'\x97', b'N\x98', b'\x98', b'(NNNd', b'd', b'l', b'o', b'(o', b'\x85', b'N\x86', b'\x90', b'N(N\x90', b'\x91', b'\x94',
    b'\x95\x04\x00\x00\x00\x00\x00\x00\x00X\x05\x00\x00\x00hello.', b'(](\x91.', b'}]Ns.', b'X\x01\x00\x00\x00\xff.', b'V\\uzz\n.',
    b'c__main__\nPlain\n)\x81Nb.', b'c__main__\nPlain\n)\x81K\x05b.', b'c__main__\nPlain\n)\x81NK\x05\x86b.',
]
for data in BAD:
    print(data)
    attempt(data)
attempt(pickle.dumps('é', 2), encoding='bytes')
attempt(b'U\x01\xe9.')
attempt(b'U\x01\xe9.', encoding='latin1')
attempt(b'U\x01\xe9.', encoding='bytes')
attempt(b'U\x01\xe9.', errors='replace')
attempt(b'\x97\x98\x97\x86.', buffers=[b'1', bytearray(b'2')])
attempt(b'\x97\x97\x86.', buffers=[b'1'])

plain = Plain()
plain.a, plain.b = [1], 'x'
for protocol in range(6):
    print(pickle.loads(pickle.dumps(plain, protocol)) == plain)
slots = pickle.loads(b'c__main__\nSlots\n)\x81}X\x01\x00\x00\x00dK\x01s}X\x01\x00\x00\x00xK\x02s\x86b.')
print(slots.x, slots.d)
print(pickle.loads(b'c__main__\nState\n)\x81K\x05b.').state)


class Finds(_pickle.Unpickler):
    def find_class(self, module, name):
        return f'{module}:{name}'

    def persistent_load(self, pid):
        return ['loaded', pid]


print(Finds(io.BytesIO(b'ca\nb\n\x8c\x01c\x8c\x01d\x93Pid\nK\x05Q\x86\x86.')).load())
unpickler = _pickle.Unpickler(io.BytesIO(b'Vfirst\np5\n.Vsecond\n\x94g5\n\x86.'))
print(unpickler.load(), unpickler.memo.copy(), unpickler.load(), unpickler.memo.copy())
unpickler.memo = {3: 'three'}
print(unpickler.memo.__reduce__()[0])
for change in [lambda: setattr(unpickler, 'memo', 1), lambda: setattr(unpickler, 'memo', {-1: 1}),
               lambda: setattr(unpickler, 'memo', {'a': 1}), lambda: delattr(unpickler, 'memo'), lambda: unpickler.load(),
               lambda: unpickler.persistent_load(1), lambda: unpickler.find_class('builtins', 'nothing'),
               lambda: _pickle.Unpickler(1), lambda: _pickle.Unpickler(io.BytesIO(), encoding=1),
               lambda: _pickle.Unpickler.__new__(_pickle.Unpickler).load(), lambda: pickle.loads(1),
               lambda: pickle.loads(b'.', buffers=1), lambda: pickle.loads(b'.', encoding='a\0b')]:
    try:
        print(change())
    except Exception as e:
        print(type(e).__name__, e)

# A file that can be looked into keeps what stands behind the pickle.
file = io.BufferedReader(io.BytesIO(pickle.dumps([1, 'x' * 100]) + b'rest'))
print(len(pickle.load(file)), file.read())
print(pickle.load(io.BytesIO(pickle.dumps({'a': (1, 2)}, 0))))
reentrant = None


class Reenters:
    def __setstate__(self, state):
        try:
            reentrant.load()
        except RuntimeError as e:
            print(e)


data = pickle.dumps(Reenters.__new__(Reenters), 2)[:-1] + b'K\x01b.'
reentrant = _pickle.Unpickler(io.BytesIO(data))
reentrant.load()
deep = pickle.loads(b'](' * 100000 + b'N' + b'e' * 100000 + b'.')
depth = 0
while type(deep) is list and deep:
    deep, depth = deep[-1], depth + 1
print(depth)
view = pickle.PickleBuffer(bytearray(b'abc'))
print(memoryview(view).tobytes(), view.raw().tobytes(), view.release())
for use in [lambda: memoryview(view), view.raw, lambda: pickle.dumps(view),
            lambda: pickle.PickleBuffer(memoryview(b'abcd')[::2]).raw()]:
    try:
        use()
    except Exception as e:
        print(type(e).__name__, e)
