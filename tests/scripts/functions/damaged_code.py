"""Code that did not come from the compiler: what is sound runs, what is not raises SystemError."""
import marshal
import sys
import types


def branches(a, b=(1, 2)):
    try:
        c, d = b
        with open(a) as f:
            c = f.read()
    except (OSError, TypeError) as e:
        return [type(e).__name__, c, {'k': d, **{'x': f'{c:>3}'}}, lambda: c]
    finally:
        d = None
    return c


def generator(n):
    x = yield n
    try:
        yield from (i + x for i in range(n))
    except ValueError:
        yield 'caught'


for f in (branches, generator):
    f.__code__ = marshal.loads(marshal.dumps(f.__code__.replace(co_name='other')))
print(branches('/nonexistent')[:3])
g = generator(3)
print(next(g), g.send(10), g.throw(ValueError), f.__code__.co_name)

branches.__code__ = branches.__code__.replace(co_code=b'\x7f' + branches.__code__.co_code[1:])
try:
    branches(1)
except SystemError as e:
    print(type(e).__name__)


def other(a, b=(1, 2)):
    try:
        c, d = b
        c = len(a)
    except (OSError, TypeError) as e:
        return [type(e).__name__, c, {'k': d, **{'x': f'{c:>3}'}}, (lambda: c)()]
    finally:
        d = None
    return c


def damaged():
    """Every byte as something else; CPython would crash."""
    code = other.__code__
    for i in range(len(code.co_code)):
        for byte in (0, 1, 9, 31, 33, 99, 112, 255):
            raw = bytearray(code.co_code)
            raw[i] = byte
            yield code.replace(co_code=bytes(raw))
    for size in range(code.co_stacksize):
        yield code.replace(co_stacksize=size)
    for i in range(len(code.co_exceptiontable)):
        yield code.replace(co_exceptiontable=code.co_exceptiontable[:i] + b'\x3f' + code.co_exceptiontable[i + 1:])
    yield code.replace(co_consts=())
    yield code.replace(co_names=())


if sys.implementation.name != 'cpython':
    for code in damaged():
        try:
            types.FunctionType(code, {'len': len}, 'f', ((1, 2),))(5)
        except Exception:
            pass
print('done')
