import queue, threading, concurrent.futures as cf
q = queue.Queue(maxsize=2); out = []
def worker():
    while (x := q.get()) is not None: out.append(x * x); q.task_done()
    q.task_done()
ts = [threading.Thread(target=worker) for _ in range(3)]; [t.start() for t in ts]
for i in range(10): q.put(i)
for _ in ts: q.put(None)
q.join(); [t.join() for t in ts]; print(sorted(out), q.empty(), q.qsize())
try: q.get(timeout=0.01)
except queue.Empty: print('empty')
try: queue.Queue(1).get_nowait()
except queue.Empty: print('empty')
p = queue.PriorityQueue(); [p.put(v) for v in (3, 1, 2)]; print([p.get() for _ in range(3)]); l = queue.LifoQueue(); l.put(1); l.put(2); print(l.get())
with cf.ThreadPoolExecutor(3) as ex:
    print(list(ex.map(lambda v: v + 1, range(5)))); f = ex.submit(pow, 2, 5); print(f.result(), f.done()); bad = ex.submit(lambda: 1/0)
    print(repr(bad.exception())); print(sorted(f.result() for f in cf.as_completed([ex.submit(abs, -i) for i in range(3)])))
    try: bad.result()
    except ZeroDivisionError as e: print(e)
try: ex.submit(print)
except RuntimeError as e: print(e)
s = queue.SimpleQueue(); s.put('x'); print(s.get(), s.empty())
