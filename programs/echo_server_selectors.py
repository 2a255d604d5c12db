"""An echo server with nonblocking sockets: one thread asks the system which of them has something to do.

Run:   ungil programs/echo_server_selectors.py
See:   nothing here waits but select(). What a conversation remembers between two of its events (here: the bytes that
       are still to be sent) stands in an object, because no thread and no stack belongs to it. That is what an event
       loop does for you: compare echo_server_asyncio.py, and echo_server_threads.py for what it spares.
Try:   a client that sends a megabyte and reads late: watch the server want to write; select.poll() by hand.
"""
import selectors
import socket
import threading

CLIENTS = 3


class Conversation:
    def __init__(self, sock, number):
        self.sock, self.number, self.unsent = sock, number, b''

    def on_ready(self, events):
        if events & selectors.EVENT_READ:
            data = self.sock.recv(1024)
            if not data:
                print(f'server: client {self.number} has gone')
                selector.unregister(self.sock)
                self.sock.close()
                gone.release()
                return
            self.unsent += data.upper()
        if self.unsent:
            self.unsent = self.unsent[self.sock.send(self.unsent):]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        selector.modify(self.sock, wanted, self.on_ready)


def accept(_):
    sock, _ = listener.accept()
    sock.setblocking(False)
    number = next(numbers)
    print(f'server: client {number} has come')
    selector.register(sock, selectors.EVENT_READ, Conversation(sock, number).on_ready)
    come.release()
    if number == CLIENTS - 1:
        selector.unregister(listener)


def talk():
    clients = []
    for _ in range(CLIENTS):
        clients.append(socket.create_connection(address))
        come.acquire()
    for number in 2, 0, 1:
        for word in 'hello', 'world':
            clients[number].sendall(f'{word} {number}'.encode())
            print(f'client {number}:', clients[number].recv(1024).decode())
        clients[number].close()
        gone.acquire()


numbers = iter(range(CLIENTS))
come, gone = threading.Semaphore(0), threading.Semaphore(0)
with selectors.DefaultSelector() as selector, socket.create_server(('127.0.0.1', 0)) as listener:
    address = listener.getsockname()
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, accept)
    others = threading.Thread(target=talk)
    others.start()
    while selector.get_map():
        for key, events in selector.select():
            key.data(events)
    others.join()
print('all clients were served')
