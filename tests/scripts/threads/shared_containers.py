import threading
l, d, s = [], {}, set()
def fill(n):
    for i in range(500): l.append(i); d[n, i] = i; s.add((n, i)); d.setdefault('count', []).append(n)
ts = [threading.Thread(target=fill, args=(n,)) for n in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]
print(len(l), len(d), len(s), len(d['count']), sum(l), sorted(l)[::400])
import sys, time
print(sys.getswitchinterval()); sys.setswitchinterval(0.001); print(sys.getswitchinterval())
try: sys.setswitchinterval(0)
except ValueError as e: print(e)
begin = time.monotonic(); ts = [threading.Thread(target=time.sleep, args=(0.05,)) for _ in range(10)]; [t.start() for t in ts]; [t.join() for t in ts]; print(time.monotonic() - begin < 0.4)
def gen():
    for i in range(100): yield i
g, got = gen(), []
glock = threading.Lock()
def pull():
    while True:
        with glock:
            v = next(g, None)
        if v is None: return
        got.append(v)
ts = [threading.Thread(target=pull) for _ in range(3)]; [t.start() for t in ts]; [t.join() for t in ts]; print(sorted(got) == list(range(100)))
