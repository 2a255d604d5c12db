counter = 0


def lost_update():
    global counter
    counter += 1


def attribute(self):
    self.count += 1
    self.items[0] -= 2


def loop(items):
    total = 0
    for item in items:
        if item is None:
            continue
        total += item * 2
    else:
        return total
    return -1


def locked(lock, f):
    with lock:
        return f(1, key=2)


def handled(f):
    try:
        return f()
    except ValueError as e:
        print(e)
    finally:
        f = None


def comprehension(rows):
    return [x for row in rows for x in row if x not in (1, 2, 3)]


def generator(n):
    while n > 0:
        yield n
        n -= 1
    yield from ()


async def task(q, cm):
    async with cm as c:
        async for item in q:
            await c.put(item)


def closure(a):
    def inner(b=1, *args, k: int = 2):
        nonlocal a
        a = b
        return a < b <= k
    return inner


class Child(Exception):
    """Doc."""
    limit: int = 3 * 7

    def __init__(self, x):
        super().__init__(x)
        self.x = x


def matched(p):
    match p:
        case [1, x, *rest] if x:
            return rest
        case {"k": v}:
            return v
        case _:
            return f"{p!r:>{10}} {p}"


def everything(xs):
    return all(x for x in xs) and not any([xs[1:], xs[::2]])
