"""Echo: 32 clients in one process with their server, each sends 64 bytes and waits for them.

    echo.py protocols [warm]
    echo.py streams [warm]

One run in a process of its own, so that nothing warms what it uses; `warm`: the best of three after a first one.
It matters for CPython: it asks for 256 KiB at every read and gives most of it back, which malloc maps anew each time
until a large block was freed once. Prints seconds, and seconds of the processor, which say more on a busy machine.
"""
import asyncio
import sys
import time

LOOP = __import__('uvloop').new_event_loop if 'uvloop' in sys.argv else None
CLIENTS = 32
REQUESTS = 600
MESSAGE = b'x' * 63 + b'\n'
good = served = 0


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        global served
        served += 1
        self.transport.write(data)


class Client(asyncio.Protocol):
    def __init__(self, done):
        self.done = done
        self.left = REQUESTS

    def connection_made(self, transport):
        self.transport = transport
        transport.write(MESSAGE)

    def data_received(self, data):
        global good
        good += data == MESSAGE
        self.left -= 1
        if self.left:
            self.transport.write(MESSAGE)
        else:
            self.transport.close()
            self.done.set_result(None)


async def protocols():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, '127.0.0.1', 0)
    dones = [loop.create_future() for _ in range(CLIENTS)]
    for done in dones:
        await loop.create_connection(lambda: Client(done), *server.sockets[0].getsockname())
    await asyncio.gather(*dones)
    server.close()


async def serve(reader, writer):
    global served
    while line := await reader.readline():
        served += 1
        writer.write(line)
        await writer.drain()
    writer.close()


async def client(address):
    global good
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(REQUESTS):
        writer.write(MESSAGE)
        line = await reader.readline()
        good += line == MESSAGE
    writer.close()


async def streams():
    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    address = server.sockets[0].getsockname()
    await asyncio.gather(*[client(address) for _ in range(CLIENTS)])
    server.close()


def timed(run):
    start = time.perf_counter(), time.process_time()
    asyncio.run(run(), loop_factory=LOOP)
    return time.perf_counter() - start[0], time.process_time() - start[1]


kind = sys.argv[1]
runs = [timed(protocols if kind == 'protocols' else streams) for _ in range(4 if 'warm' in sys.argv else 1)]
best, cpu = map(min, zip(*(runs[1:] or runs)))
assert good == served == len(runs) * CLIENTS * REQUESTS, (good, served)
print(f'echo_{kind} {best:.4f} {cpu:.4f} {CLIENTS * REQUESTS / best:.0f} requests per second')
