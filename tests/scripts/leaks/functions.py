import asyncio
import contextvars
import functools
import sys
from lib_leaks import check

n = 3


def function():
    def inner(a, b=[n], *c, d: int = 4, **e):
        return inner, a, b
    return inner(1)


def closure():
    cell = object()

    def get():
        return cell

    def put(value):
        nonlocal cell
        cell = value
    put(get)
    put(None)


def generator():
    def gen():
        try:
            yield [n]
            yield from [object()]
        finally:
            n
    list(gen())
    next(gen())
    g = gen()
    next(g)
    try:
        g.throw(ValueError)
    except ValueError:
        pass
    gen()


async def nothing():
    return [n]


async def awaiting():
    await nothing()
    async with Manager():
        async for _ in agen():
            pass
    return [x async for x in agen()]


class Manager:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *args):
        return False


async def agen():
    yield [n]
    yield object()


def coroutine():
    try:
        awaiting().send(None)
    except StopIteration:
        pass
    nothing().close()


def exception():
    try:
        try:
            raise ValueError([n])
        except ValueError as e:
            raise KeyError('x') from e
    except KeyError as e:
        return e.__traceback__.tb_frame.f_locals


def exception_kept():
    kept = None
    try:
        {}['a']
    except KeyError as e:
        kept = e
    kept.add_note('note')


def group():
    try:
        raise ExceptionGroup('g', [ValueError(n), ExceptionGroup('h', [TypeError()])])
    except* ValueError:
        pass
    except* TypeError as e:
        e.split(TypeError)


def frame():
    f = sys._getframe()
    f.f_locals['x'] = 1
    return f.f_back


def local_class():
    class Local:
        attribute = [n]

        def method(self):
            return __class__

    class Derived(Local):
        def method(self):
            return super().method()
    Derived().method()


def context():
    variable.set([n])
    contextvars.copy_context().run(variable.set, object())
    variable.reset(variable.set(object()))


variable = contextvars.ContextVar('variable')


def cached():
    @functools.lru_cache(4)
    def f(x):
        return [x]
    for i in range(8):
        f(i)
    functools.partial(f, n)()


def task():
    async def main():
        await asyncio.gather(*[asyncio.sleep(0) for _ in range(3)])
        async with asyncio.timeout(10):
            await asyncio.create_task(awaiting())
    loop.run_until_complete(main())


loop = asyncio.new_event_loop()
check('function', function)
check('closure', closure)
check('generator', generator, 3000)
check('coroutine', coroutine, 3000)
check('exception', exception, 4000)
check('exception kept', exception_kept, 4000)
check('exception group', group, 2000)
check('frame', frame)
check('class', local_class, 300)
check('context', context)
check('cache', cached, 1000)
check('task', task, 300)
loop.close()
