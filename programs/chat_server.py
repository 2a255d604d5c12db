"""A chat: what one writes, all others read. Some forty lines, because nobody can interrupt between two awaits.

Run:   ungil programs/chat_server.py              a short talk of three, and the end
       ungil programs/chat_server.py 8000         serves until Ctrl-C: join with `nc 127.0.0.1 8000`, several times
See:   one task per guest, and a plain dict that all of them share without a lock: it changes only where no await is.
Try:   the same with threads: where would locks be needed? A guest who reads nothing: what does `drain` do?
"""
import asyncio
import sys

guests = {}


async def tell(line, sender=None):
    """Writes a line to everybody else."""
    others = [writer for name, writer in guests.items() if name != sender]
    for writer in others:
        writer.write(line.encode() + b'\n')
    # Whoever reads slowly makes the sender wait; whoever is gone does not count.
    await asyncio.gather(*[writer.drain() for writer in others], return_exceptions=True)


async def serve_guest(reader, writer):
    writer.write(b'your name?\n')
    name = (await reader.readline()).decode().strip()
    if not name or name in guests:
        writer.close()
        return
    guests[name] = writer
    try:
        await tell(f'{name} has come', name)
        while line := await reader.readline():
            await tell(f'{name}: {line.decode().strip()}', name)
    finally:
        del guests[name]
        writer.close()
        await tell(f'{name} has gone')


class Guest:
    """The other side, for the demonstration."""

    async def join(self, name, address):
        self.name = name
        self.reader, self.writer = await asyncio.open_connection(*address)
        await self.hear()
        self.say(name)

    def say(self, line):
        self.writer.write(line.encode() + b'\n')

    async def hear(self):
        return (await self.reader.readline()).decode().strip()


async def demonstration(address):
    ann, bob, eve = Guest(), Guest(), Guest()
    await ann.join('Ann', address)
    for guest, name in (bob, 'Bob'), (eve, 'Eve'):
        await guest.join(name, address)
        print('Ann reads:', await ann.hear())
    await bob.hear()
    bob.say('good morning')
    print('Ann reads:', await ann.hear())
    print('Eve reads:', await eve.hear())
    eve.writer.close()
    print('Ann reads:', await ann.hear())
    print('Bob reads:', await bob.hear())
    ann.writer.close()
    bob.writer.close()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    async with await asyncio.start_server(serve_guest, '127.0.0.1', port) as server:
        if port:
            print('the chat is open: nc 127.0.0.1', port)
            await server.serve_forever()
        await demonstration(server.sockets[0].getsockname())


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print('the chat is closed')
