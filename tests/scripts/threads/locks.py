import threading
counter = 0; lock = threading.Lock()
def add():
    global counter
    for _ in range(1000):
        with lock: counter = counter + abs(1)
ts = [threading.Thread(target=add) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(counter)
print(lock.locked(), lock.acquire(), lock.locked(), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.release())
try: lock.release()
except RuntimeError as e: print(e)
r = threading.RLock(); print(r.acquire(), r.acquire(), r.release(), r.release())
try: r.release()
except RuntimeError as e: print(e)
items, cond = [], threading.Condition()
def consume(out):
    for _ in range(3):
        with cond:
            cond.wait_for(lambda: items); out.append(items.pop(0))
out = []; t = threading.Thread(target=consume, args=(out,)); t.start()
for i in range(3):
    with cond: items.append(i); cond.notify()
t.join(); print(out)
ev = threading.Event(); t = threading.Thread(target=ev.set); t.start(); print(ev.wait(5), ev.is_set(), threading.Event().wait(0.01)); t.join()
s = threading.Semaphore(2); print(s.acquire(), s.acquire(), s.acquire(blocking=False)); b = threading.BoundedSemaphore(1)
try: b.release()
except ValueError as e: print(e)
bar = threading.Barrier(3); got = []
ts = [threading.Thread(target=lambda: got.append(bar.wait())) for _ in range(3)]; [t.start() for t in ts]; [t.join() for t in ts]; print(sorted(got))
