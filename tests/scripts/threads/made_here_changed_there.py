"""Objects that one thread makes and others change: the maker gives up its right to do so without a lock."""
import threading

WORKERS = 4


def together(*bodies):
    start = threading.Barrier(len(bodies))

    def run(body):
        start.wait()
        body()

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Thing:
    pass


class Slotted:
    __slots__ = 'value', 'other'


# The maker goes on changing while the others begin to.
lists = [[] for _ in range(300)]
dicts = [{} for _ in range(300)]
sets = [set() for _ in range(300)]
things = [Thing() for _ in range(300)]
slotted = [Slotted() for _ in range(300)]
lock = threading.Lock()


def worker(number):
    def body():
        for i in range(300):
            lists[i].append(number)
            dicts[i][number] = i
            sets[i].add(number)
            setattr(things[i], f'a{number}', i)
            slotted[i].value = number
            with lock:
                slotted[i].other = getattr(slotted[i], 'other', 0) + 1
    return body


def maker():
    for i in reversed(range(300)):
        lists[i].append('maker')
        dicts[i]['maker'] = i
        sets[i].add('maker')
        things[i].maker = i
        slotted[i].value = 'maker'
        with lock:
            slotted[i].other = getattr(slotted[i], 'other', 0) + 1


threads = [threading.Thread(target=worker(n)) for n in range(WORKERS)]
for thread in threads:
    thread.start()
maker()
for thread in threads:
    thread.join()
print(sum(map(len, lists)), sum(map(len, dicts)), sum(map(len, sets)))
print(all(sorted(map(str, items)) == ['0', '1', '2', '3', 'maker'] for items in lists))
print(all(sorted(vars(thing)) == ['a0', 'a1', 'a2', 'a3', 'maker'] for thing in things))
print({thing.other for thing in slotted})

# Many things made in threads that have ended, and changed here.
made = []
together(*[lambda: made.extend([i, [i]] for i in range(1000)) for _ in range(3)])
for pair in made:
    pair[0] += 1
    pair[1].append('here')
print(len(made), sum(pair[0] for pair in made), all(pair[1][1:] == ['here'] for pair in made))

# Handed on and on while everybody runs: too many for one at a time.
boxes = [[] for _ in range(WORKERS)]


def passes(number):
    def body():
        for i in range(2000):
            mine = {'from': number}
            boxes[(number + 1) % WORKERS].append(mine)
            try:
                other = boxes[number].pop()
            except IndexError:
                continue
            other['seen'] = number
    return body


together(*[passes(n) for n in range(WORKERS)])
seen = sum(len(box) for box in boxes)
print(all('seen' not in item for box in boxes for item in box), seen < WORKERS * 2000)

# A generator begun here goes on elsewhere.
def count():
    n = 0
    while True:
        n += 1
        yield n


numbers = count()
first = [next(numbers) for _ in range(10)]
got = []
together(*[lambda: got.append(next(numbers))])
print(first[-1], got, next(numbers))
