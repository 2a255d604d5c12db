import asyncio, contextvars
var = contextvars.ContextVar('var', default='unset')
async def producer(q):
    for i in range(3): await q.put(i); print('put', i)
    await q.put(None)
async def consumer(q):
    while (x := await q.get()) is not None: print('got', x); q.task_done()
async def locked(l, n, log):
    async with l: log.append(f'{n}+'); await asyncio.sleep(0); log.append(f'{n}-')
async def setter(v): var.set(v); await asyncio.sleep(0); return var.get()
async def echo(r, w):
    while line := await r.readline(): w.write(b'echo ' + line); await w.drain()
    w.close()
async def main():
    q = asyncio.Queue(1); await asyncio.gather(producer(q), consumer(q))
    log = []; l = asyncio.Lock(); await asyncio.gather(*(locked(l, n, log) for n in 'ab')); print(log)
    e = asyncio.Event(); asyncio.get_running_loop().call_later(0.01, e.set); await e.wait(); print(e.is_set())
    s = asyncio.Semaphore(2); print(s.locked()); b = asyncio.Barrier(2); print(sorted(await asyncio.gather(b.wait(), b.wait())))
    print(await asyncio.gather(setter('x'), setter('y')), var.get())
    server = await asyncio.start_server(echo, '127.0.0.1', 0); host, port = server.sockets[0].getsockname()
    r, w = await asyncio.open_connection(host, port); w.write(b'one\ntwo\n'); print(await r.readline(), await r.readexactly(9)); w.write_eof(); print(await r.read()); w.close(); await w.wait_closed(); server.close(); await server.wait_closed()
    print(await asyncio.to_thread(lambda: 'from a thread'), await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2]))
    p = await asyncio.create_subprocess_exec('echo', 'child', stdout=asyncio.subprocess.PIPE); print(await p.communicate(), p.returncode)
    loop = asyncio.get_running_loop(); order = []; loop.call_soon(order.append, 1); loop.call_soon(order.append, 2); loop.call_later(0, order.append, 3); await asyncio.sleep(0.01); print(order)
asyncio.run(main())
