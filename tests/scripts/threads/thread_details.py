# What _thread and _queue say.
import _queue
import _thread
import re
import threading
import weakref


def show(f):
    try:
        result = f()
    except BaseException as e:
        result = f'{type(e).__name__}: {e}'
    print(re.sub('0x[0-9a-f]+', '0x', repr(result)))


lock, rlock = _thread.allocate_lock(), threading.RLock()
show(lambda: weakref.ref(lock)() is lock)
show(lambda: _thread.lock(1))
show(lambda: lock.acquire(False, 3))
show(lambda: lock.acquire(timeout='x'))
show(lambda: lock.acquire(timeout=float('nan')))
show(lambda: lock.acquire(timeout=1e50))
show(lambda: rlock._acquire_restore(3))
show(lambda: _thread._ThreadHandle().join())
show(lambda: _thread._ThreadHandle()._set_done())
show(lambda: _thread._excepthook(1))
show(lambda: _thread._NAME_MAXLEN)
show(lambda: (_thread.set_name('name\0rest'), _thread._get_name())[1])

counts = []
rlock.acquire()
rlock.acquire()
thread = threading.Thread(target=lambda: counts.append('count=2' in repr(rlock)))
thread.start()
thread.join()
show(lambda: counts)

q = _queue.SimpleQueue()
show(lambda: _queue.SimpleQueue(1))
show(lambda: q.put())
show(lambda: q.put(1, False, timeout=-4))
show(lambda: q.get(timeout=-1))
show(lambda: q.get(False))
show(lambda: q.get_nowait())
show(lambda: q.get(timeout=0.01))
show(lambda: _queue.SimpleQueue[int])
got = []
threads = [threading.Thread(target=lambda: got.append(q.get())) for _ in range(3)]
for thread in threads:
    thread.start()
for i in range(3):
    q.put(i)
for thread in threads:
    thread.join()
show(lambda: sorted(got))

# What a thread held is gone when it was joined.
local = threading.local()


class Held:
    def __del__(self):
        print('gone')


def hold():
    local.held = Held()


thread = threading.Thread(target=hold)
thread.start()
thread.join()
print('joined')
