# Functions of C: arguments, results, errno, callbacks.
import errno
from ctypes import *

libc = CDLL(None, use_errno=True)
print(libc.abs(-3), libc.toupper(c_int(97)), libc.strlen(b'four'))
libc.strtod.restype = c_double
libc.strtod.argtypes = [c_char_p, POINTER(c_char_p)]
end = c_char_p()
print(libc.strtod(b'1.5 rest', byref(end)), end.value)
libc.pow = CDLL('libm.so.6').pow
libc.pow.restype, libc.pow.argtypes = c_double, [c_double, c_double]
print(libc.pow(2, 10))


class Quotient(Structure):
    _fields_ = [('quot', c_int), ('rem', c_int)]


libc.div.restype = Quotient
result = libc.div(17, 5)
print(result.quot, result.rem)

print(libc.close(-1), errno.errorcode[get_errno()])

libc.strchr.restype = c_char_p
libc.strchr.argtypes = [c_char_p, c_char]
print(libc.strchr(b'abcdef', b'd'), libc.strchr(b'abcdef', b'x'))

compare = CFUNCTYPE(c_int, POINTER(c_int), POINTER(c_int))
numbers = (c_int * 6)(5, 1, 4, 2, 6, 3)
libc.qsort(numbers, len(numbers), sizeof(c_int), compare(lambda a, b: a[0] - b[0]))
print(numbers[:])

add = CFUNCTYPE(c_int, c_int, c_int)(lambda a, b: a + b)
print(add(2, 3))
try:
    add(2)
except TypeError as error:
    print('TypeError:', error)
try:
    add('x', 3)
except ArgumentError as error:
    print('ArgumentError:', error)
try:
    libc.abs([])
except ArgumentError as error:
    print('ArgumentError:', error)
try:
    libc.nothing_like_this
except AttributeError as error:
    print('AttributeError:', str(error).partition(': ')[2])
try:
    CDLL('no-such-library.so')
except OSError as error:
    print('OSError:', error)


def check(result, function, arguments):
    return result, arguments


libc.labs.errcheck = check
print(libc.labs(-4))
getenv = CFUNCTYPE(c_char_p, c_char_p)(('getenv', libc), ((1, 'name', b'NO_SUCH_NAME'),))
print(getenv(), getenv(name=b'NEITHER_THIS'))
for wrong in 'x', 1.5:
    try:
        CFUNCTYPE(c_int)(wrong)
    except TypeError as error:
        print('TypeError:', error)
