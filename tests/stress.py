"""Many threads, random operations on shared objects, and invariants that must hold whatever the schedule.

Run:   ungil [--gil=off] tests/stress.py [SECONDS [SEED [THREADS [TASK ...]]]]

Every task is a function of a random generator; threads call them at random. What a task asserts must hold in every
mode: no crash, no hang, no item that was never put in, no item twice, no wrong type. Prints one line at the end.
"""
import collections
import contextlib
import functools
import gc
import itertools
import random
import sys
import threading
import time
import weakref

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 3
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 8
CHOSEN = sys.argv[4:]

TASKS = []


def task(function):
    TASKS.append(function)
    return function


class Token:
    """What goes into containers: it knows whether it is sound."""
    __slots__ = ('number', 'check', '__weakref__')

    def __init__(self, number):
        self.number = number
        self.check = ~number

    def sound(self):
        return self.check == ~self.number


class Node:
    def __init__(self, value):
        self.value = value
        self.twin = value
        self.other = None


class Keyed:
    """Equal and hashed by Python code, so that look-ups run it in their midst."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number % 7

    def __eq__(self, other):
        return isinstance(other, Keyed) and self.number == other.number


the_list = []
the_dict = {}
the_keyed = {}
the_set = set()
the_deque = collections.deque(maxlen=200)
the_ordered = collections.OrderedDict()
the_default = collections.defaultdict(list)
the_counter = collections.Counter()
the_node = Node(0)
the_bytes = bytearray()
weak_values = weakref.WeakValueDictionary()
weak_set = weakref.WeakSet()
the_count = itertools.count()
seen_counts = collections.deque()
finalized = itertools.count()
numbers = itertools.count(1)


def token():
    return Token(next(numbers))


@task
def list_edit(r):
    n = r.randrange(12)
    if n == 0:
        the_list.append(token())
    elif n == 1:
        the_list.extend([token(), token()])
    elif n == 2:
        the_list.insert(r.randrange(20), token())
    elif n == 3:
        try:
            assert the_list.pop().sound()
        except IndexError:
            pass
    elif n == 4:
        try:
            assert the_list.pop(0).sound()
        except IndexError:
            pass
    elif n == 5:
        the_list[r.randrange(5):r.randrange(5, 10)] = [token() for _ in range(r.randrange(5))]
    elif n == 6:
        try:
            the_list[r.randrange(10)] = token()
        except IndexError:
            pass
    elif n == 7:
        try:
            del the_list[r.randrange(10)]
        except IndexError:
            pass
    elif n == 8:
        the_list.reverse()
    elif n == 9 and len(the_list) > 300:
        the_list.clear()
    elif n == 10:
        del the_list[:r.randrange(8)]
    else:
        try:
            the_list.sort(key=lambda x: x.number)
        except ValueError as e:
            assert 'modified during sort' in str(e), e


@task
def list_read(r):
    for x in the_list:
        assert x.sound()
    try:
        assert the_list[r.randrange(10)].sound()
    except IndexError:
        pass
    assert all(x.sound() for x in the_list[:])
    assert all(x.sound() for x in list(the_list) + the_list.copy())
    assert all(x.sound() for x in reversed(the_list))
    a, b = the_list * 2, tuple(the_list)
    assert all(type(x) is Token for x in a) and all(type(x) is Token for x in b)
    assert token() not in the_list


@task
def dict_edit(r):
    key = r.choice('abcdefghijklmnopqrstuvwxyz') * r.randrange(1, 4)
    n = r.randrange(9)
    if n <= 2:
        the_dict[key] = token()
    elif n == 3:
        gone = the_dict.pop(key, None)
        assert gone is None or gone.sound()
    elif n == 4:
        assert the_dict.setdefault(key, token()).sound()
    elif n == 5:
        the_dict.update({key: token(), 'x' + key: token()})
    elif n == 6:
        try:
            k, v = the_dict.popitem()
            assert type(k) is str and v.sound()
        except KeyError:
            pass
    elif n == 7:
        try:
            del the_dict[key]
        except KeyError:
            pass
    elif r.randrange(20) == 0:
        the_dict.clear()


@task
def dict_read(r):
    key = r.choice('abcdefghijklmnopqrstuvwxyz')
    found = the_dict.get(key)
    assert found is None or found.sound()
    try:
        assert the_dict[key].sound()
    except KeyError:
        pass
    try:
        for k, v in the_dict.items():
            assert type(k) is str and v.sound()
        for k in the_dict:
            assert type(k) is str
        for v in the_dict.values():
            assert v.sound()
    except RuntimeError as e:
        assert 'changed' in str(e), e
    copy = the_dict.copy()
    assert all(v.sound() for v in copy.values())
    assert all(v.sound() for v in dict(the_dict).values())
    assert all(type(k) is str for k in list(the_dict))
    assert len(sorted(the_dict)) >= 0


@task
def keyed_dict(r):
    key = Keyed(r.randrange(40))
    n = r.randrange(5)
    if n <= 1:
        the_keyed[key] = key.number
    elif n == 2:
        assert the_keyed.pop(key, key.number) == key.number
    elif n == 3:
        assert the_keyed.setdefault(key, key.number) == key.number
    else:
        assert the_keyed.get(key, key.number) == key.number


@task
def sets(r):
    n, x = r.randrange(10), r.randrange(60)
    if n <= 2:
        the_set.add(x)
    elif n == 3:
        the_set.discard(x)
    elif n == 4:
        the_set.update(range(x, x + 5))
    elif n == 5:
        try:
            assert 0 <= the_set.pop() < 70
        except KeyError:
            pass
    elif n == 6:
        try:
            assert all(0 <= y < 70 for y in the_set)
        except RuntimeError as e:
            assert 'changed' in str(e), e
    elif n == 7:
        assert all(0 <= y < 70 for y in the_set | {x}) and (the_set & {x}) <= {x}
    elif n == 8:
        the_set.difference_update({x, x + 1})
    else:
        the_set.symmetric_difference_update({x})
        assert all(0 <= y < 70 for y in the_set.copy())


@task
def deques(r):
    n = r.randrange(8)
    if n == 0:
        the_deque.append(token())
    elif n == 1:
        the_deque.appendleft(token())
    elif n == 2:
        the_deque.extend([token(), token(), token()])
    elif n <= 4:
        try:
            assert (the_deque.pop() if n == 3 else the_deque.popleft()).sound()
        except IndexError:
            pass
    elif n == 5:
        the_deque.rotate(r.randrange(-5, 5))
    elif n == 6:
        try:
            assert all(x.sound() for x in the_deque)
        except RuntimeError as e:
            assert 'mutated' in str(e), e
    else:
        assert all(x.sound() for x in the_deque.copy())
    assert len(the_deque) <= 200


@task
def other_mappings(r):
    key = r.randrange(30)
    the_default[key].append(key)
    try:
        assert all(x == key for x in the_default[key])
        if r.randrange(10) == 0:
            the_default.pop(key, None)
        the_counter[key] += 1
        the_counter.update([key, key])
        if r.randrange(20) == 0:
            the_counter.clear()
    except RuntimeError as e:
        assert 'changed' in str(e), e


# Where it is written in Python, threads must take turns.
ordered_lock = threading.Lock() if hasattr(collections.OrderedDict.pop, '__code__') else contextlib.nullcontext()


@task
def ordered(r):
    key = r.randrange(30)
    with ordered_lock:
        try:
            n = r.randrange(5)
            if n <= 1:
                the_ordered[key] = token()
            elif n == 2:
                the_ordered.pop(key, None)
            elif n == 3:
                the_ordered.move_to_end(key, last=r.randrange(2) == 0)
            else:
                assert all(v.sound() for v in list(the_ordered.values()))
        except (KeyError, RuntimeError):
            pass


@task
def attributes(r):
    n = r.randrange(6)
    if n == 0:
        the_node.value = token()
    elif n == 1:
        setattr(the_node, 'extra%d' % r.randrange(40), token())
    elif n == 2:
        try:
            delattr(the_node, 'extra%d' % r.randrange(40))
        except AttributeError:
            pass
    elif n == 3:
        found = getattr(the_node, 'extra%d' % r.randrange(40), None)
        assert found is None or found.sound()
    elif n == 4:
        value = the_node.value
        assert value == 0 or value.sound()
        try:
            assert all(type(k) is str for k in the_node.__dict__)
        except RuntimeError as e:
            assert 'changed' in str(e), e
    else:
        vars(the_node)['through'] = token()
        assert the_node.through.sound()


class Base:
    level = 0

    def method(self):
        return 'base'


class Derived(Base):
    pass


instance = Derived()


@task
def classes(r):
    n = r.randrange(8)
    if n == 0:
        Base.level = r.randrange(100)
    elif n == 1:
        Derived.method = lambda self: 'derived'
    elif n == 2:
        try:
            del Derived.method
        except AttributeError:
            pass
    elif n == 3:
        setattr(Base, 'attribute%d' % r.randrange(10), token())
    elif n == 4:
        found = getattr(instance, 'attribute%d' % r.randrange(10), None)
        assert found is None or found.sound()
    elif n == 5:
        made = type('Made', (Base,), {'method': lambda self: 'made', '__slots__': ('a', 'b')})
        x = made()
        x.a = x
        assert x.method() == 'made' and issubclass(made, Base) and x.a is x
    elif n == 6:
        Base.__subclasses__()
        mine = Derived()
        mine.__class__ = Base
        assert type(mine) is Base
    assert instance.method() in ('base', 'derived')
    assert 0 <= instance.level < 100


@task
def generators(r):
    def count(n):
        for i in range(n):
            yield i

    def delegate(n):
        return (yield from count(n))

    assert sum(delegate(20)) == 190
    half = count(10)
    next(half)
    half.close()
    assert [x * 2 for x in count(3)] == [0, 2, 4]


shared_generator = [None]


@task
def one_generator(r):
    def endless():
        n = 0
        while True:
            n += 1
            yield n

    g = shared_generator[0]
    if g is None or r.randrange(50) == 0:
        g = shared_generator[0] = endless()
    try:
        assert next(g) > 0
    except ValueError as e:
        assert 'already executing' in str(e), e
    except StopIteration:
        pass


shared_iterators = [None] * 4


@task
def one_iterator(r):
    at = r.randrange(len(shared_iterators))
    it = shared_iterators[at]
    if it is None:
        data = list(range(100))
        shared_iterators[at] = it = (
            iter(data) if at == 0 else enumerate(data) if at == 1 else zip(data, data) if at == 2 else map(str, data))
    for _ in range(5):
        x = next(it, None)
        if x is None:
            shared_iterators[at] = None
            break
        if at in (1, 2):
            assert len(x) == 2 and type(x[0]) is int
        else:
            assert type(x) is (int if at == 0 else str)


@task
def cycles(r):
    class Finalized:
        def __del__(self):
            next(finalized)

    for _ in range(5):
        a, b = Node(token()), Node(token())
        a.other, b.other = b, a
        a.me = a
        if r.randrange(3) == 0:
            a.last = Finalized()
            a.last.node = a
    if r.randrange(40) == 0:
        gc.collect()


@task
def weak_references(r):
    x = token()
    weak_values[r.randrange(20)] = x
    weak_set.add(x)
    ref = weakref.ref(x)
    assert ref() is x
    other = weak_values.get(r.randrange(20))
    assert other is None or other.sound()
    calls = []
    ref2 = weakref.ref(x, calls.append)
    proxy = weakref.proxy(x)
    assert proxy.number == x.number
    del other
    try:
        assert all(y.sound() for y in weak_set)
    except RuntimeError as e:
        assert 'changed' in str(e), e


@task
def counts(r):
    seen_counts.append(next(the_count))
    if len(seen_counts) > 10000 and r.randrange(100) == 0:
        with counts_lock:
            taken = []
            while True:
                try:
                    taken.append(seen_counts.popleft())
                except IndexError:
                    break
            assert len(set(taken)) == len(taken), 'a number was given twice'


counts_lock = threading.Lock()


@task
def byte_arrays(r):
    n = r.randrange(6)
    try:
        if n == 0:
            the_bytes.extend(b'abc')
        elif n == 1:
            the_bytes.append(100)
        elif n == 2:
            assert set(bytes(the_bytes)) <= set(b'abcd')
        elif n == 3:
            del the_bytes[:r.randrange(5)]
        elif n == 4:
            try:
                assert the_bytes.pop() in b'abcd'
            except IndexError:
                pass
        elif len(the_bytes) > 500:
            the_bytes.clear()
        assert set(the_bytes.hex()) <= set('61234')
    except BufferError:
        # Another thread copies it at this moment.
        pass


@functools.lru_cache(maxsize=32)
def cached(n):
    return n * n


@task
def caches(r):
    n = r.randrange(64)
    assert cached(n) == n * n
    if r.randrange(100) == 0:
        cached.cache_clear()


@task
def exceptions(r):
    def deep(n):
        if n == 0:
            raise ValueError(token())
        deep(n - 1)

    try:
        deep(r.randrange(10))
    except ValueError as e:
        assert e.args[0].sound() and e.__traceback__ is not None
        kept.append(e)
        if len(kept) > 50:
            kept.clear()


kept = []


@task
def closures(r):
    def make():
        x = 0

        def step():
            nonlocal x
            x += 1
            return x
        return step

    step = make()
    assert [step() for _ in range(5)] == [1, 2, 3, 4, 5]
    shared_functions.append(step)
    shared_functions[-1].attribute = token()
    if len(shared_functions) > 20:
        del shared_functions[1:]


def shared_step():
    return 1


shared_functions = [shared_step]


@task
def functions(r):
    n = r.randrange(4)
    if n == 0:
        shared_step.__defaults__ = (1, 2)
    elif n == 1:
        shared_step.__code__ = (lambda a=1, b=2: 2).__code__
    elif n == 2:
        shared_step.__code__ = (lambda: 3).__code__
    else:
        try:
            assert shared_step() in (1, 2, 3)
        except TypeError:
            pass


local = threading.local()


@task
def thread_locals(r):
    mine = threading.get_ident()
    local.ident = mine
    local.items = getattr(local, 'items', [])
    local.items.append(mine)
    assert local.ident == mine and set(local.items) == {mine}
    if len(local.items) > 100:
        del local.items


condition = threading.Condition()
in_queue = collections.deque()


@task
def conditions(r):
    with condition:
        if r.randrange(2):
            in_queue.append(token())
            condition.notify()
        elif condition.wait_for(lambda: in_queue, timeout=0.001):
            assert in_queue.popleft().sound()


@task
def short_threads(r):
    if r.randrange(10):
        return
    result = []
    thread = threading.Thread(target=lambda: result.append(token()))
    thread.start()
    thread.join()
    assert result[0].sound()


@task
def texts(r):
    text = ''.join(r.choice('abcö→𝄞') for _ in range(10))
    interned = sys.intern(text)
    assert interned == text and hash(interned) == hash(text)
    assert '%s-%d' % (text, 3) == f'{text}-{3}'
    assert text.encode().decode() == text


def main():
    tasks = [t for t in TASKS if not CHOSEN or t.__name__ in CHOSEN]
    end = time.monotonic() + SECONDS
    failures = []
    done = [0] * THREADS

    def work(number):
        r = random.Random(SEED + number)
        try:
            while time.monotonic() < end and not failures:
                for _ in range(20):
                    chosen = r.choice(tasks)
                    chosen(r)
                    done[number] += 1
        except BaseException as e:
            failures.append((chosen.__name__, e))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 60)
    hung = [thread.name for thread in threads if thread.is_alive()]
    for name, failure in failures:
        print(name, file=sys.stderr)
        sys.excepthook(type(failure), failure, failure.__traceback__)
    if hung or failures:
        print(f'seed {SEED}: {len(failures)} failures, {len(hung)} threads hang')
        sys.stdout.flush()
        import os
        os._exit(1)
    for container in the_list, the_deque, the_dict.values(), weak_set:
        assert all(x.sound() for x in container)
    print('sound')
    print(f'{sum(done)} operations, seed {SEED}', file=sys.stderr)


if __name__ == '__main__':
    main()
