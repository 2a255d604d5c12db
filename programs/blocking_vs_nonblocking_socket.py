"""One thread and two connections: a socket that blocks, one that never does, and one that says when it is ready.

Run:   ungil programs/blocking_vs_nonblocking_socket.py
See:   the blocking server hears nothing of the second client, who has long spoken, until the silent first one does.
       The nonblocking one asks both in turn, gets BlockingIOError for "nothing yet", and burns a processor by asking.
       With a selector the same thread sleeps until one of them has something to say.
Try:   a timeout (settimeout) on the blocking socket; three clients; a client that sends byte by byte.
"""
import selectors
import socket
import threading
import time

SILENCE = 0.2


def connections():
    """A pair of connected sockets for a client that waits before it speaks, and one for a client that does not."""
    pairs = [socket.socketpair() for _ in range(2)]

    def speak(sock, name, silence):
        time.sleep(silence)
        sock.sendall(name.encode())
        sock.close()

    clients = [(pairs[0][0], 'slow', SILENCE), (pairs[1][0], 'quick', 0)]
    threads = [threading.Thread(target=speak, args=client) for client in clients]
    for thread in threads:
        thread.start()
    threads[1].join()
    return [ours for _, ours in pairs], threads[0]


def blocking(socks):
    for sock in socks:
        yield sock.recv(100), 0


def nonblocking(socks):
    refusals = 0
    for sock in socks:
        sock.setblocking(False)
    waiting = list(socks)
    while waiting:
        for sock in waiting[:]:
            try:
                data = sock.recv(100)
            except BlockingIOError:
                refusals += 1
            else:
                waiting.remove(sock)
                yield data, refusals


def selecting(socks):
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                selector.unregister(key.fileobj)
                yield key.fileobj.recv(100), 0


for server in blocking, nonblocking, selecting:
    socks, slow_client = connections()
    print(server.__name__)
    begin = time.perf_counter()
    for data, refusals in server(socks):
        when = 'at once' if time.perf_counter() - begin < SILENCE / 2 else 'after the silence'
        asked = ', asked in vain many times' if refusals > 100 else ''
        print(f'    {data.decode():5} {when}{asked}')
    slow_client.join()
    for sock in socks:
        sock.close()
