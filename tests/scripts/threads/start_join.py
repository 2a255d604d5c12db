import threading
results = []
def work(n): results.append((n, threading.current_thread().name))
ts = [threading.Thread(target=work, args=(i,), name=f'T{i}') for i in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(results), threading.active_count(), threading.current_thread().name, threading.main_thread() is threading.current_thread())
t = ts[0]; print(t.is_alive(), t.name, t.daemon, t.ident is not None)
try: t.start()
except RuntimeError as e: print(e)
try: threading.Thread(target=work).join()
except RuntimeError as e: print(e)
class T(threading.Thread):
    def run(self): self.result = sum(range(100))
t = T(); t.start(); t.join(); print(t.result)
seen = []
threading.excepthook = lambda a: seen.append((a.exc_type.__name__, str(a.exc_value), a.thread.name))
t = threading.Thread(target=lambda: 1/0, name='bad'); t.start(); t.join(); print(seen)
timer = threading.Timer(0.01, print, ['timer']); timer.start(); timer.join()
loc = threading.local(); loc.x = 'main'
def other(): seen.append(hasattr(loc, 'x')); loc.x = 'other'
t = threading.Thread(target=other); t.start(); t.join(); print(seen[-1], loc.x)
