"""An event loop in some sixty lines: generators that yield what they wait for, a heap of timers, and select.

Run:   ungil programs/event_loop_by_hand.py
See:   three tasks and a pair of sockets share one thread. Nothing here is magic: a task is a generator, `await`
       is `yield from`, and the loop resumes whoever's wait is over.
Try:   a fourth task; a task that computes for a second and holds everybody up.
"""
import heapq
import select
import socket
import time
from collections import deque


class Loop:
    def __init__(self):
        self.ready = deque()
        self.timers = []
        self.readers = {}
        self.order = 0

    def spawn(self, task):
        self.ready.append((task, None))

    def run(self):
        while self.ready or self.timers or self.readers:
            while self.ready:
                task, value = self.ready.popleft()
                self.step(task, value)
            timeout = None
            if self.timers:
                timeout = max(0, self.timers[0][0] - time.monotonic())
            if self.readers or timeout is not None:
                readable, _, _ = select.select(list(self.readers), [], [], timeout)
                for sock in readable:
                    self.ready.append((self.readers.pop(sock), sock))
            while self.timers and self.timers[0][0] <= time.monotonic():
                self.ready.append((heapq.heappop(self.timers)[2], None))

    def step(self, task, value):
        try:
            kind, what = task.send(value)
        except StopIteration:
            return
        if kind == 'sleep':
            self.order += 1
            heapq.heappush(self.timers, (time.monotonic() + what, self.order, task))
        else:
            self.readers[what] = task


def sleep(seconds):
    yield 'sleep', seconds


def receive(sock):
    yield 'read', sock
    return sock.recv(100)


def ticker(name, seconds, times):
    for n in range(times):
        yield from sleep(seconds)
        print(name, n)


def listener(sock):
    while data := (yield from receive(sock)):
        print('received', data.decode())
    print('the other side has closed')


def talker(sock):
    for word in 'generators', 'are', 'enough':
        yield from sleep(0.025)
        sock.sendall(word.encode())
    sock.close()


loop = Loop()
here, there = socket.socketpair()
loop.spawn(ticker('slow tick', 0.04, 2))
loop.spawn(listener(here))
loop.spawn(talker(there))
loop.run()
here.close()
print('nothing left to wait for')
