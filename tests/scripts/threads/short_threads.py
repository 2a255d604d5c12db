"""Threads that have ended leave nothing behind, nor do classes that functions make."""
import gc
import threading


def resident():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * 4 // 1024


def work():
    items = [str(n) for n in range(50)]
    results.append(items)
    del results[:-3]


def run(count):
    for _ in range(count):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def make():
    class Local:
        def method(self):
            pass
    return Local


results = []
run(10)
before = resident()
run(150)
print('grew by less than 4 MB:', resident() - before < 4)

gc.collect()
functions = [type(o) for o in gc.get_objects()].count(type(make))
for _ in range(50):
    make()
gc.collect()
print('functions left:', [type(o) for o in gc.get_objects()].count(type(make)) - functions)
