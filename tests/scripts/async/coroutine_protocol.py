import types, inspect
class Awaitable:
    def __await__(self): x = yield 'suspended'; return x * 2
async def c():
    r = await Awaitable(); print('r', r)
    try: await Awaitable()
    except ValueError as e: print('caught', e)
    return 'result'
co = c(); print(co.send(None), inspect.getcoroutinestate(co), co.cr_await is not None)
print(co.send(21))
try: co.throw(ValueError('v'))
except StopIteration as e: print(e.value)
try: co.send(None)
except RuntimeError as e: print(e)
@types.coroutine
def gen(): yield 'from generator'; return 'done'
async def d(): return await gen()
x = d(); print(x.send(None))
try: x.send(None)
except StopIteration as e: print(e.value)
async def e(): raise StopIteration('s')
try: e().send(None)
except RuntimeError as err: print(err, repr(err.__cause__))
for bad in ('for i in c(): pass', 'next(c())', 'list(c())'):
    try: exec(bad)
    except TypeError as err: print(err)
import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always'); c(); print([str(i.message) for i in w])
class Bad:
    def __await__(self): return 5
async def f(): await Bad()
try: f().send(None)
except TypeError as err: print(err)
print(inspect.iscoroutinefunction(c), inspect.isasyncgenfunction(c), c.__code__.co_flags & 0x80 != 0)
