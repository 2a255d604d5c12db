# C data: simple types, structures, unions, bit fields, arrays, pointers, and what goes wrong.
import ctypes
import pickle
import sys
import _ctypes
from ctypes import *


class Point(Structure):
    _fields_ = [('x', c_int), ('name', c_char * 3), ('next', POINTER(c_int)), ('text', c_char_p)]


class Bits(Structure):
    _fields_ = [('a', c_int, 3), ('b', c_uint, 5), ('c', c_uint8, 8)]


class Number(Union):
    _fields_ = [('i', c_int), ('d', c_double)]


class Tagged(Structure):
    _anonymous_ = ['value']
    _fields_ = [('value', Number), ('tag', c_short)]


class Packed(Structure):
    _pack_ = 1
    _layout_ = 'ms'
    _fields_ = [('a', c_char), ('b', c_double), ('c', c_short)]


class Big(BigEndianStructure):
    _fields_ = [('a', c_uint16), ('b', c_uint32, 12), ('c', c_uint32, 20)]


five = c_int * 5
text = create_string_buffer(b'abcd')

for source in '''Structure()
Array()
_ctypes._Pointer()
c_int('x')
c_int(1.5)
c_int(1, 2)
c_int(2**70 + 5)
c_ubyte(-1), c_byte(200), c_bool([]), c_float(0.1).value
c_char(b'ab')
c_char(300)
c_wchar(b'a')
c_wchar('ab')
c_char_p('a')
c_wchar_p('abc').value, c_char_p(b'abc').value, c_char_p(None).value
c_void_p('x')
c_void_p(-1), c_void_p(0)
c_longdouble(0.1).value, c_longdouble(5e-324).value, c_double_complex(1+2j).value
py_object(), py_object([1]).value
py_object().value
Point(1, b'abcd')
Point(1, b'ab', None, b'q', 5)
Point(1, x=2)
Point(1, b'ab').name, Point(text=b'xyz')._objects, Point(other=3).other
Point(1, b'a', pointer(c_int(3)))._objects
Point(1).next.contents
Point.x, Point.name, Bits.b, Tagged.tag, Tagged.i
Bits(3, 9, 200).a, Bits(5).a, Bits(0, 33).b, Bits(0, 0, 511).c
bytes(Bits(1, 2, 3)), sizeof(Bits)
Bits.b.offset, Bits.b.size, Bits.b.bit_size, Bits.b.bit_offset, Bits.b.is_bitfield, Tagged.value.is_anonymous
Tagged(Number(3), 4).i, Tagged(d=1.5).value.d
sizeof(Packed), alignment(Packed), Packed.b.offset, Packed.c.offset
bytes(Big(0x102, 0x345, 0x6789A)), Big.b, Big.c
five(1, 2, 3)[:], five(1, 2, 3)[::-2], five(1, 2, 3)[-1], len(five())
five(1, 2, 3, 4, 5, 6)
five()[5]
five()['x']
five().__setitem__(slice(0, 2), [1])
five().__delitem__(0)
c_int * -1
c_int * 'x'
c_int * 2**62
(c_int * 3) is (c_int * 3), sizeof(c_int * 0), five.__name__
(c_char * 4)(*b'ab').value, (c_char * 4)(*b'ab').raw, (c_char * 4)()[:2], (c_wchar * 4)('a', 'b')[:]
create_string_buffer(b'abc').raw, create_string_buffer(3).value, create_unicode_buffer('abc').value
setattr(create_string_buffer(b'abc'), 'value', b'12345')
setattr(create_unicode_buffer('abc'), 'value', b'12345')
sizeof(1)
alignment(1)
addressof(1)
byref(1)
byref(c_int(3))._obj, pointer(c_int(3)).contents, pointer(c_int(3))[0], bool(POINTER(c_int)())
POINTER(c_int)()[0]
POINTER(c_int)(3)
pointer(c_int(3))[0:]
pointer(c_int(3))[:0:-1]
cast(create_string_buffer(b'abc'), POINTER(c_char))[0:3], cast(five(1, 2, 3), POINTER(c_int))[1:3]
cast(create_string_buffer(b'abc'), c_char_p).value, cast(1, c_void_p)
cast(1, 2)
cast(1, c_int)
POINTER(c_int) is POINTER(c_int), POINTER(None), POINTER(Point).__name__
POINTER(c_int).from_param(3)
POINTER(c_int).from_param((c_int * 3)())[0]
c_int.from_param('x')
c_char_p.from_param('x')
c_int.from_param(3), c_double.from_param(1.5), c_char.from_param(b'q'), c_void_p.from_param(3)
c_int.from_address('x')
c_int.from_buffer(b'abcd')
c_int.from_buffer(bytearray(3))
c_int.from_buffer(bytearray(8), -5)
c_int.from_buffer_copy(b'abcd'), c_int.from_buffer_copy(b'xxabcd', 2)
c_int.in_dll(3, 'x')
memoryview(Point()).format, memoryview(Point()).shape, memoryview(Number()).format
memoryview(five()).format, memoryview((c_int * 2 * 3)()).shape, memoryview(five(1, 2)).cast('B').cast('i').tolist()
hash(c_int(3))
bool(c_int(0)), bool(c_int(1)), bool(c_double(0)), bool(c_char_p()), bool(c_char(b'a'))
resize(c_int(), 2)
_ctypes.buffer_info(c_int), _ctypes.buffer_info(five)
pickle.loads(pickle.dumps(c_int(7))), pickle.loads(pickle.dumps(five(1, 2)))[:2]
pickle.dumps(c_char_p(b'x'))
c_int(3)._b_base_, c_int(3)._b_needsfree_, c_int(3)._objects
type('X', (Structure,), {'_fields_': [('a', c_int), ('b', 3)]})
type('X', (Structure,), {'_fields_': [('a',)]})
type('X', (Structure,), {'_fields_': [(1, c_int)]})
type('X', (Structure,), {'_fields_': [('a', c_double, 3)]})
type('X', (Structure,), {'_fields_': [('a', c_int, 33)]})
type('X', (Structure,), {'_fields_': [('a', c_int)], '_anonymous_': ['b']})
type('X', (_ctypes._SimpleCData,), {})
type('X', (_ctypes._SimpleCData,), {'_type_': 3})
type('X', (_ctypes._SimpleCData,), {'_type_': 'ii'})
type('X', (Array,), {'_length_': -3, '_type_': c_int})
type('X', (Array,), {'_length_': 3, '_type_': 3})
type('X', (_ctypes._Pointer,), {'_type_': 3})
setattr(Point, '_fields_', [])
setattr(Point(), 'x', 'x')
delattr(Point(), 'x')
delattr(c_int(), 'value')
setattr(pointer(c_int()), 'contents', 3)
string_at(b'abc'), string_at(b'abc', 2), wstring_at('abc'), memoryview_at(text, 3).tobytes()
c_int.__ctype_be__(1).value, bytes(c_int.__ctype_be__(1)), c_int.__ctype_be__.__name__'''.splitlines():
    print(source, end='  ')
    try:
        print(repr(eval(source)))
    except Exception as error:
        print(f'{type(error).__name__}: {error}')

# Memory that is shared with others, and kept.
data = bytearray(range(8))
low, high = c_int.from_buffer(data), c_int.from_buffer(data, 4)
low.value = -1
print(data, high.value == int.from_bytes(data[4:], sys.byteorder))
try:
    data.append(1)
except BufferError as error:
    print('BufferError:', error)
del low, high
data.append(1)

grid = (c_int * 3 * 2)()
row = grid[1]
row[2] = 7
del grid
print(row[:], row._b_base_[0][:])

buffer = c_short(5)
resize(buffer, 64)
print(sizeof(buffer), buffer.value)


class Node(Structure):
    pass


Node._fields_ = [('value', c_int), ('next', POINTER(Node))]
last = Node(2)
first = Node(1, pointer(last))
del last
print(first.next.contents.value, bool(first.next.contents.next))

memset(byref(first), 0, sizeof(c_int))
print(first.value)
target = create_string_buffer(6)
memmove(target, b'hello', 5)
print(target.value)
