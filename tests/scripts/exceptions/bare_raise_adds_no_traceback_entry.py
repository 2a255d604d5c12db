# A bare raise goes on with the traceback as it is: the frame stands in it once.
import traceback


def names(f):
    try:
        f()
    except BaseException as e:
        print([(entry.name, entry.line) for entry in traceback.extract_tb(e.__traceback__)])


def function():
    try:
        raise ValueError('first')
    except ValueError:
        raise


def outer():
    try:
        function()
    except ValueError:
        raise


async def coroutine():
    try:
        raise ValueError('in a coroutine')
    except ValueError:
        raise


names(function)
names(outer)
names(lambda: coroutine().send(None))

from contextvars import ContextVar

try:
    ContextVar()
except TypeError as e:
    print(e)
try:
    ContextVar(name='x')
except TypeError as e:
    print('TypeError')


class Unhashable(str):
    __hash__ = None


try:
    ContextVar(Unhashable('name'))
except TypeError as e:
    print('unhashable type' in str(e))
