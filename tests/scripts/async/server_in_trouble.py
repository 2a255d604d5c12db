"""What goes wrong with some connections of a server is told to those, and the server goes on: nothing leaks."""
import asyncio
import errno
import gc
import os
import resource
import socket
import struct

asyncio.constants.ACCEPT_RETRY_DELAY = 0.05
log = []


def descriptors():
    return len(os.listdir('/proc/self/fd'))


def transports():
    gc.collect()
    return sum(type(thing).__name__ in ('_SelectorSocketTransport', 'StreamReader', 'Task') for thing in gc.get_objects())


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            if line == b'much\n':
                writer.write(bytes(8_000_000))
            writer.write(line.upper())
            await writer.drain()
        log.append('end of file')
        writer.write(b'goodbye\n')
        await writer.drain()
    except OSError as error:
        log.append(type(error).__name__)
    finally:
        writer.close()


async def told(count, seconds=10):
    """Waits until the server has noted so many things."""
    for _ in range(int(seconds * 100)):
        if len(log) >= count:
            break
        await asyncio.sleep(0.01)
    noted = sorted(log)
    log.clear()
    return noted


async def echo(address, line=b'hello\n'):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(line)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def half_closed(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b'one\ntwo\n')
    writer.write_eof()
    print('half closed:', await reader.read(), await told(1))
    writer.close()
    await writer.wait_closed()


async def resets(address):
    sock = socket.create_connection(address)
    sock.sendall(b'hello\n')
    await asyncio.sleep(0.01)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    sock.close()
    print('reset:', await told(1), await echo(address), await told(1))


async def slow_reader(address):
    slow = socket.create_connection(address)
    slow.sendall(b'much\n')
    await asyncio.sleep(0.05)
    print('slow reader: others are served', await echo(address), await told(1))
    slow.setblocking(False)
    length, answer = 0, b''
    while not answer.endswith(b'MUCH\n'):
        answer = await asyncio.get_running_loop().sock_recv(slow, 100_000)
        length += len(answer)
    print('slow reader: has read', length)
    slow.sendall(b'much\n')
    await asyncio.sleep(0.05)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    slow.close()
    print('slow reader: gone', await told(1))


async def no_descriptors(address):
    """The limit leaves room for some of the clients, but not for the server's ends of them."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    clients = [socket.socket() for _ in range(10)]
    highest = max(sock.fileno() for sock in clients)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
        for sock in clients:
            sock.connect(address)
        for _ in range(1000):
            if complaints:
                break
            await asyncio.sleep(0.01)
        print('no descriptors:', complaints[0]['message'], errno.errorcode[complaints[0]['exception'].errno])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    for sock in clients:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(sock, b'hello\n')
        assert await asyncio.get_running_loop().sock_recv(sock, 100) == b'HELLO\n'
    print('no descriptors: then all were served')
    for sock in clients:
        sock.close()
    print('no descriptors:', *set(await told(len(clients))))
    asyncio.get_running_loop().set_exception_handler(None)


async def main():
    async with await asyncio.start_server(serve, '127.0.0.1', 0) as server:
        address = server.sockets[0].getsockname()
        print(await echo(address), await told(1))
        await asyncio.sleep(0.05)
        before = descriptors(), transports()
        for trouble in half_closed, resets, slow_reader, no_descriptors:
            await trouble(address)
        for _ in range(500):
            if (descriptors(), transports()) == before:
                break
            await asyncio.sleep(0.01)
        print('left over:', descriptors() - before[0], 'descriptors', transports() - before[1], 'objects')


asyncio.run(main())
