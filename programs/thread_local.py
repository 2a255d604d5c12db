"""threading.local: one name, another value in every thread.

Run:   ungil programs/thread_local.py
See:   each thread sees only what it wrote itself; the main thread's value is untouched.
Try:   a plain object in place of threading.local().
"""
import threading

mine = threading.local()
mine.name = 'main'
seen = []


def work(name):
    before = getattr(mine, 'name', 'nothing')
    mine.name = name
    seen.append((name, before, mine.name))


threads = [threading.Thread(target=work, args=(f'worker {n}',)) for n in range(3)]
for thread in threads:
    thread.start()
    thread.join()
for name, before, after in seen:
    print(f'{name}: found {before}, then sees {after}')
print('the main thread still sees', mine.name)
