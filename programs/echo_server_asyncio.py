"""An echo server on an event loop: one thread, and conversations that read as if each had its own.

Run:   ungil programs/echo_server_asyncio.py
See:   the shape of echo_server_threads.py with the machinery of echo_server_selectors.py. Every `await` is a place
       where the conversation stands still and the loop serves others; between two of them nobody interrupts it.
Try:   time.sleep(1) in place of an await: everybody waits; asyncio.timeout() around the read; a thousand clients.
"""
import asyncio

CLIENTS = 3


async def serve_client(reader, writer):
    number = next(numbers)
    print(f'server: client {number} has come')
    come.release()
    while data := await reader.read(1024):
        writer.write(data.upper())
        await writer.drain()
    print(f'server: client {number} has gone')
    writer.close()
    await writer.wait_closed()
    gone.release()


async def main():
    server = await asyncio.start_server(serve_client, '127.0.0.1', 0)
    async with server:
        clients = []
        for _ in range(CLIENTS):
            clients.append(await asyncio.open_connection(*server.sockets[0].getsockname()))
            await come.acquire()
        for number in 2, 0, 1:
            reader, writer = clients[number]
            for word in 'hello', 'world':
                writer.write(f'{word} {number}'.encode())
                print(f'client {number}:', (await reader.read(1024)).decode())
            writer.close()
            await writer.wait_closed()
            await gone.acquire()
    print('all clients were served')


numbers = iter(range(CLIENTS))
come, gone = asyncio.Semaphore(0), asyncio.Semaphore(0)
asyncio.run(main())
