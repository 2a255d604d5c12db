# Waits for sockets: timeouts, readiness, a signal in the middle, ancillary data.
import array
import os
import select
import selectors
import signal
import socket
import threading
import time

# Timeouts.
a, b = socket.socketpair()
a.settimeout(0.01)
try:
    a.recv(1)
except TimeoutError as error:
    print(error, error is not None, error.errno)
a.setblocking(False)
try:
    a.recv(1)
except BlockingIOError as error:
    print(error.strerror)
a.settimeout(None)

# A big send is sent whole while another thread reads.
received = []


def drain():
    total = 0
    while data := b.recv(1 << 16):
        total += len(data)
    received.append(total)


reader = threading.Thread(target=drain)
reader.start()
a.sendall(bytes(1 << 20))
a.shutdown(socket.SHUT_WR)
reader.join()
print(received)
a.close()
b.close()

# select, poll, epoll.
a, b = socket.socketpair()
print(select.select([a], [], [], 0), [len(part) for part in select.select([a], [a, b], [], 0)])
b.send(b'x')
print(select.select([a], [], [], 5)[0] == [a])
poll = select.poll()
poll.register(a, select.POLLIN)
print([(fd == a.fileno(), event) for fd, event in poll.poll(1000)])
with select.epoll() as epoll:
    epoll.register(a, select.EPOLLIN | select.EPOLLET)
    print([(fd == a.fileno(), event) for fd, event in epoll.poll()], epoll.poll(0))
    epoll.unregister(a)
print(epoll.closed)
try:
    epoll.poll()
except ValueError as error:
    print(error)

# Another thread makes it ready.
with selectors.DefaultSelector() as selector:
    a.recv(10)
    selector.register(a, selectors.EVENT_READ, 'data')
    threading.Timer(0.02, b.send, [b'late']).start()
    print([(key.data, events) for key, events in selector.select(10)], a.recv(10))

# A handler runs in the middle of a wait, which goes on.
if hasattr(signal, 'setitimer'):
    calls = []
    signal.signal(signal.SIGALRM, lambda *_: (calls.append(1), b.send(b'from the handler')))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    print(a.recv(100), calls)
    signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        select.select([a], [], [], 20)
    except ZeroDivisionError:
        print('the handler raised')

# A descriptor travels.
r, w = os.pipe()
socket.send_fds(a, [b'take'], [r])
data, fds, flags, _ = socket.recv_fds(b, 100, 1)
os.write(w, b'through the copy')
print(data, len(fds), os.read(fds[0], 100))
for fd in r, w, *fds:
    os.close(fd)
rows = bytearray(3), bytearray(5)
a.sendmsg([b'sca', memoryview(b'ttered')])
print(b.recvmsg_into(rows)[0], rows, b.recvmsg(100, 100)[:3])
a.close()
b.close()

# TCP and UDP over the loopback.
with socket.create_server(('127.0.0.1', 0)) as server:
    client = socket.create_connection(server.getsockname(), timeout=5)
    peer, address = server.accept()
    print(address == client.getsockname(), peer.getpeername() == address, client.connect_ex(server.getsockname()) != 0)
    client.sendall(b'GET / HTTP/1.0\r\n\r\n')
    with peer.makefile('rb') as lines:
        print(lines.readline(), lines.readline())
    peer.close()
    print(client.recv(10))
    client.close()
one, two = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
two.bind(('127.0.0.1', 0))
one.sendto(b'datagram', two.getsockname())
data, sender = two.recvfrom(100)
print(data, sender == ('127.0.0.1', one.getsockname()[1]))
one.close()
two.close()
