"""Ten thousand connections at once, all of them echoing, on one loop; the clients are another process.

    connections.py [streams|protocols] [COUNT]

Prints how much memory an idle connection takes on the server's side, what the loop does with all of them at once, and
checks that nothing is left when they are gone: descriptors, tasks, transports. Run it with two interpreters to compare.
"""
import asyncio
import gc
import os
import resource
import socket
import subprocess
import sys
import time

MESSAGE = b'x' * 63 + b'\n'
# Two descriptors for each connection, one in each process, and some to spare.
resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, max(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))


def client(port, count):
    """Opens the connections, then echoes on all of them whenever it is told to."""
    sockets = [socket.create_connection(('127.0.0.1', port)) for _ in range(count)]
    print('open', flush=True)
    for order in sys.stdin:
        if order == 'close\n':
            break
        for sock in sockets:
            sock.sendall(MESSAGE)
        for sock in sockets:
            answer = b''
            while len(answer) < len(MESSAGE):
                answer += sock.recv(1000)
            assert answer == MESSAGE
        print('done', flush=True)
    for sock in sockets:
        sock.close()


def memory():
    gc.collect()
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def descriptors():
    return len(os.listdir('/proc/self/fd'))


def leftovers():
    """What could leak, by name."""
    gc.collect()
    names = [type(thing).__name__ for thing in gc.get_objects()]
    wanted = '_SelectorSocketTransport', 'StreamReader', 'StreamReaderProtocol', 'Task', 'socket', 'Server'
    return {name: names.count(name) for name in wanted}, descriptors()


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Clients:
    """The process that has the other ends."""

    async def open(self, port, count):
        command = [sys.executable, __file__, 'client', str(port), str(count)]
        self.process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert await self.process.stdout.readline() == b'open\n'

    async def echo(self):
        self.process.stdin.write(b'echo\n')
        assert await self.process.stdout.readline() == b'done\n'

    async def close(self):
        self.process.stdin.write(b'close\n')
        assert await self.process.wait() == 0


async def main(kind, count):
    loop = asyncio.get_running_loop()
    make = asyncio.start_server(serve, '127.0.0.1', 0, backlog=1000) if kind == 'streams' else loop.create_server(
        Echo, '127.0.0.1', 0, backlog=1000)
    async with await make as server:
        port = server.sockets[0].getsockname()[1]

        async def session(count):
            closed = descriptors()
            clients = Clients()
            await clients.open(port, count)
            await clients.echo()
            taken = memory()
            begin = time.perf_counter(), time.process_time()
            await clients.echo()
            took = time.perf_counter() - begin[0], time.process_time() - begin[1]
            await clients.close()
            del clients
            # Their ends have been closed; ours follow in the next turns of the loop.
            for _ in range(1000):
                await asyncio.sleep(0.01)
                if descriptors() == closed:
                    break
            return taken, took

        await session(10)
        before, start = leftovers(), memory()
        taken, took = await session(count)
        after = leftovers()
        print(f'connections_{kind} {took[0]:.4f} {took[1]:.4f} for {count} requests at once,',
              f'{(taken - start) / count:.0f} bytes for each connection')
        assert before == after, (before, after)


if __name__ == '__main__':
    if sys.argv[1:2] == ['client']:
        client(int(sys.argv[2]), int(sys.argv[3]))
    else:
        kind = sys.argv[1] if len(sys.argv) > 1 else 'streams'
        asyncio.run(main(kind, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000))
