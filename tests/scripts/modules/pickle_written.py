# The bytes that pickles are made of, in every protocol; what cannot be pickled says why, and where.
import _pickle
import collections
import io
import pickle
import re
import sys


class Plain:
    def __init__(self):
        self.number = 1
        self.itself = self


class Slots:
    __slots__ = ('x', 'y')


class Reduced:
    def __init__(self, reduction):
        self.reduction = reduction

    def __reduce__(self):
        return self.reduction

    class Inner:
        pass


class Refuses:
    def __reduce__(self):
        raise LookupError('not me')


def circle(kind):
    made = kind()
    if kind is dict:
        made['me'] = made
    else:
        made.append(made)
    return made


def recursive_tuple():
    made = ([],)
    made[0].append(made)
    return made


slots = Slots()
slots.y = [1]
SAMPLES = [
    None, True, False, 0, 255, 256, 65535, 65536, -1, 2**31 - 1, -2**31, 2**31, 2**50, -2**50, 2**62, -2**63, 10**40,
    -256**3, 1.5, float('-inf'), '', 'abc', 'é', '\ud800', '\U0001F600', 'a\nb\\\0\x1a\r', b'', b'abc\xff', bytearray(),
    bytearray(b'x'), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], [1, 'a', 'a'], {}, {'a': 1}, {1: 2, 3: 4}, set(),
    {7}, frozenset(), frozenset([7]), circle(list), circle(dict), recursive_tuple(), Plain(), slots, Plain, Reduced.Inner,
    len, 'abc'.upper, Ellipsis, NotImplemented, type(None), type(...), range(3), collections.OrderedDict(a=1),
    collections.deque([1], 3), 1 + 2j, ValueError('x', 1), slice(1, 2), pickle.PickleBuffer(b'bytes'),
    pickle.PickleBuffer(bytearray(b'array')), Reduced((list, ((1, 2),), None, iter([3, 4]))),
    Reduced((dict, (), None, None, iter([(1, 2)]))), Reduced((print, ())), Reduced('SAMPLES'),
]
for protocol in range(6):
    print('protocol', protocol)
    for sample in SAMPLES:
        try:
            print(pickle.dumps(sample, protocol))
        except Exception as e:
            print(type(e).__name__, re.sub(' at 0x[0-9a-f]+', '', str(e)))

BAD = [
    [1, Refuses()], {'key': Refuses()}, (Refuses(),), {1: [Refuses()]}, Reduced(5), Reduced((print,)), Reduced((1, ())),
    Reduced((print, [])), Reduced((print, (), None, [])), Reduced((print, (), None, None, {})),
    Reduced((print, (), None, None, None, 3)), Reduced((print, (Refuses(),))), Reduced((print, (), Refuses())),
    Reduced((list, (), None, iter([Refuses()]))), Reduced((dict, (), None, None, iter([1]))),
    Reduced('nothing'), Reduced('Plain'), Reduced('Plain.missing'), lambda: None, sys, iter([]), Reduced.Inner,
]
Reduced.Inner.__qualname__ = 'f.<locals>.Inner'
for sample in BAD:
    try:
        pickle.dumps(sample, 4)
    except Exception as e:
        print(type(e).__name__, str(e).split(' at 0x')[0].split(' <__main__')[0], getattr(e, '__notes__', None))


# Frames: large strings stand outside, small parts are gathered.
class Writes:
    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append((len(data), bytes(data[:3])))


for sample in ['x' * 70000, [b'y' * 70000, 'z'], list(range(40000)), bytearray(80000)]:
    file = Writes()
    pickle.dump(sample, file)
    print(file.sizes)

# The pickler's own attributes.
pickler = _pickle.Pickler(io.BytesIO(), 2)
print(pickler.bin, pickler.fast, pickler.memo.copy(), hasattr(pickler, 'dispatch_table'))
pickler.dump(['text', 'text'])
print(sorted(number for number, _ in pickler.memo.copy().values()))
pickler.clear_memo()
print(pickler.memo.copy(), pickler.memo.__reduce__())
for change in [lambda: setattr(pickler, 'memo', 1), lambda: delattr(pickler, 'memo'), lambda: delattr(pickler, 'bin'),
               lambda: setattr(pickler, 'memo', {1: 2}), lambda: delattr(pickler, 'dispatch_table'),
               lambda: _pickle.Pickler(1), lambda: _pickle.Pickler(), lambda: pickle.dumps(1, 9),
               lambda: pickle.dumps(1, 1, buffer_callback=print), lambda: pickle.PickleBuffer(1)]:
    try:
        print(change())
    except Exception as e:
        print(type(e).__name__, e)
pickler.fast = True
pickler.dump([1, [2]])
deep = []
for _ in range(60):
    deep = [deep]
pickler.dump(deep)
try:
    pickler.dump(circle(list))
except ValueError as e:
    print(str(e).split(' at ')[0])


class Ids(_pickle.Pickler):
    dispatch_table = {complex: lambda c: (complex, (0, 1))}

    def persistent_id(self, obj):
        return 'id' if obj == 'named' else None

    def reducer_override(self, obj):
        return (list, ()) if obj is Plain else NotImplemented


for protocol in range(6):
    file = io.BytesIO()
    Ids(file, protocol).dump(['named', Plain, 5j])
    print(file.getvalue())
buffers = []
print(pickle.dumps([pickle.PickleBuffer(b'1'), pickle.PickleBuffer(bytearray(b'2'))], 5, buffer_callback=buffers.append))
print([bytes(b.raw()) for b in buffers])
nested = []
for _ in range(100000):
    nested = [nested]
try:
    pickle.dumps(nested)
except RecursionError:
    print('too deep')
