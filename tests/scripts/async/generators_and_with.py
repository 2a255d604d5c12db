import asyncio, contextlib
async def agen(n):
    try:
        for i in range(n): yield i; await asyncio.sleep(0)
    finally: print('agen closed')
class CM:
    async def __aenter__(self): print('aenter'); return self
    async def __aexit__(self, *a): print('aexit', a[0] and a[0].__name__); return True
class It:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 2: raise StopAsyncIteration
        return self.n
@contextlib.asynccontextmanager
async def acm():
    print('in')
    try: yield 'value'
    finally: print('out')
async def main():
    async for x in agen(2): print(x)
    else: print('else')
    print([x async for x in agen(3) if x], {x: y async for x, y in pairs()}, [await asyncio.sleep(0, i) for i in range(2)], sum([x async for x in It()]))
    async with CM() as c, acm() as v: print(v); raise KeyError
    g = agen(5); print(await anext(g), await g.asend(None)); await g.aclose(); print(await anext(g, 'default'))
    try: await g.__anext__()
    except StopAsyncIteration: print('stop')
    async def thrown():
        try: yield 1
        except ValueError as e: yield f'got {e}'
    t = thrown(); await anext(t); print(await t.athrow(ValueError('v')))
    async with contextlib.AsyncExitStack() as st: st.push_async_callback(asyncio.sleep, 0); print(await st.enter_async_context(acm()))
    for bad in ('async for x in 5: pass', 'async with 5: pass'):
        ns = {}; exec(f'async def f():\n  {bad}', ns)
        try: await ns['f']()
        except TypeError as e: print(e)
async def pairs(): yield 1, 2; yield 3, 4
asyncio.run(main())
