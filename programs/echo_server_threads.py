"""An echo server with blocking sockets: every client gets a thread of its own, which waits for it.

Run:   ungil programs/echo_server_threads.py
       ungil --gil=off programs/echo_server_threads.py
See:   the code of one conversation reads from top to bottom, because its thread has nothing else to do. The price is
       a thread for every client, silent ones too. Compare echo_server_selectors.py and echo_server_asyncio.py.
Try:   the second client before the first has closed; a thousand clients; no thread: one client then holds up all.
"""
import socket
import threading

CLIENTS = 3


def serve_client(connection, number):
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data.upper())
    print(f'server: client {number} has gone')


def serve(listener):
    for number in range(CLIENTS):
        connection, _ = listener.accept()
        print(f'server: client {number} has come')
        thread = threading.Thread(target=serve_client, args=(connection, number))
        thread.start()
        conversations.append(thread)
        has_come.release()


def talk(sock, number):
    for word in 'hello', 'world':
        sock.sendall(f'{word} {number}'.encode())
        print(f'client {number}:', sock.recv(1024).decode())


conversations = []
has_come = threading.Semaphore(0)
with socket.create_server(('127.0.0.1', 0)) as listener:
    server = threading.Thread(target=serve, args=(listener,))
    server.start()
    clients = []
    for _ in range(CLIENTS):
        clients.append(socket.create_connection(listener.getsockname()))
        has_come.acquire()
    # All are connected, and served by turns: whoever speaks is answered.
    for number in 2, 0, 1:
        talk(clients[number], number)
        clients[number].close()
        conversations[number].join()
    server.join()
print('all clients were served')
