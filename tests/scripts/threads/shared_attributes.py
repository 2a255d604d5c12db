# An instance's attributes are there while another thread makes a dict of them.
import threading
import weakref


class Thing:
    def __init__(self):
        self.a, self.b, self.c = 1, 2, 3


missing = []
things = [Thing() for _ in range(300)]
start = threading.Barrier(3)


def read():
    start.wait()
    for thing in things:
        for _ in range(20):
            if not hasattr(thing, 'b') or thing.c != 3:
                missing.append(thing)


def change():
    start.wait()
    for thing in things:
        vars(thing)['d'] = 4
        thing.__dict__ = dict(thing.__dict__)


threads = [threading.Thread(target=f) for f in (read, read, change)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(missing), len(things[0].__dict__))

# A copy of a dict that another thread changes is one moment's.
shared = dict.fromkeys('abcdefgh', 0)
stop = threading.Event()


def grow():
    n = 0
    while not stop.is_set():
        n += 1
        shared[n % 50] = n
        shared.pop((n + 25) % 50, None)


thread = threading.Thread(target=grow)
thread.start()
try:
    for _ in range(200):
        assert len(dict(shared)) >= 8 and len(list(shared)) >= 8 and len(list(shared.values())) >= 8
        assert set('abcdefgh') <= set(shared.copy())
finally:
    stop.set()
    thread.join()
print('copies are whole')

# itertools.count gives each number once; a weak reference gives an object or None.
import itertools
numbers, taken = itertools.count(), []


def take():
    taken.extend(next(numbers) for _ in range(500))


threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(taken), len(set(taken)))


class Target:
    number = 7


holder, seen = [Target()], []


def replace():
    for _ in range(300):
        holder[0] = Target()


def follow():
    for _ in range(300):
        reference = weakref.ref(holder[0])
        target = reference()
        seen.append(target is None or target.number == 7)


threads = [threading.Thread(target=f) for f in (replace, follow, follow)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(all(seen))
