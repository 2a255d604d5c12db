import asyncio
async def work(n, t):
    print('begin', n); await asyncio.sleep(t); print('end', n); return n * 2
async def main():
    print(await work(1, 0))
    print(await asyncio.gather(work(2, 0.03), work(3, 0.01)))
    t = asyncio.create_task(work(4, 0.01), name='four'); print(t.get_name(), t.done()); print(await t, t.done(), t.result())
    async with asyncio.TaskGroup() as g:
        a = g.create_task(work(5, 0.02)); b = g.create_task(work(6, 0.01))
    print(a.result(), b.result())
    done, pending = await asyncio.wait([asyncio.create_task(work(n, n / 100)) for n in (1, 30)], return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending)); [p.cancel() for p in pending]
    print(await asyncio.gather(*pending, return_exceptions=True))
    return 'main done'
print(asyncio.run(main()))
c = work(0, 0); print(type(c).__name__, c.cr_running, c.__name__); c.close()
