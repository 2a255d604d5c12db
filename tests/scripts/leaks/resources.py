import _thread
import array
import collections
import io
import itertools
import json
import os
import queue
import re
import socket
import struct
import threading
import zlib
from lib_leaks import check


def file():
    with open(os.devnull) as f:
        f.read()
    with open(os.devnull, 'wb', 0) as f:
        f.write(b'a')


def sockets():
    a, b = socket.socketpair()
    with a, b:
        a.sendall(b'abc')
        b.recv(3)


def pipe():
    r, w = os.pipe()
    with open(r, 'rb') as reader, open(w, 'wb') as writer:
        writer.write(b'a' * 100)
        writer.flush()
        reader.read(100)


def thread():
    local = threading.local()
    t = threading.Thread(target=lambda: setattr(local, 'a', [1] * 100))
    t.start()
    t.join()


def locks():
    with threading.Lock(), threading.RLock(), threading.Condition() as c:
        pass
    e = threading.Event()
    e.set()
    e.wait()
    q = queue.SimpleQueue()
    q.put([1])
    q.get()


def regex():
    m = re.match(r'(?P<a>\w+)(\d)*', 'abc1')
    re.sub('a', lambda m: m[0] * 2, 'banana')
    return m.groupdict(), m.regs, list(re.finditer('a', 'banana'))


def compiled():
    re.purge()
    re.compile('(a|b)*c')


def chains():
    a, b = itertools.tee(iter([[1], [2]]))
    next(a)
    list(itertools.groupby('aab'))
    list(itertools.product('ab', repeat=2))
    list(itertools.accumulate([1, 2]))


def collected():
    d = collections.deque([[1]] * 100, maxlen=50)
    d.rotate(3)
    collections.OrderedDict(a=1).move_to_end('a')
    collections.defaultdict(list)['a'].append(1)
    collections.Counter('abca').most_common(1)


def memory_files():
    io.BytesIO(b'abc').getbuffer()
    io.StringIO('abc').readlines()
    io.TextIOWrapper(io.BytesIO(b'a\nb')).readline()


check('file', file, 2000)
check('socket', sockets, 1000)
check('pipe', pipe, 1000)
check('thread', thread, 200, 2_000_000)
check('lock', locks, 2000)
check('regex', regex, 2000)
check('regex compiled', compiled, 200)
check('itertools', chains, 2000)
check('collections', collected, 2000)
check('memory files', memory_files, 2000)
check('json', lambda: json.loads(json.dumps({'a': [1, 2.5, None, 'x' * 50]})), 2000)
check('struct', lambda: struct.unpack('<3id', struct.pack('<3id', 1, 2, 3, 4.0)))
check('array', lambda: array.array('d', range(50)).tolist())
check('zlib', lambda: zlib.decompress(zlib.compress(b'abc' * 100)), 500)


def thread_local():
    threading.local().attribute = 1


check('thread local', thread_local)
check('threads module', lambda: _thread.allocate_lock().locked())
