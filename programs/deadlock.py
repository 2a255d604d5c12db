"""Two locks taken in two orders: a deadlock. One order for all mends it.

Run:   ungil programs/deadlock.py
       ungil --seed=1 programs/deadlock.py
See:   each thread has one lock and waits for the other's. Nobody can go on, and nothing tells: the locks have a
       time-out here, so that the program ends.
Try:   acquire() without a time-out, and Ctrl-C; then with --seed=1, which sees that nobody can go on.
"""
import threading
import time

left, right = threading.Lock(), threading.Lock()


def take(name, first, second, said):
    with first:
        time.sleep(0.05)
        if second.acquire(timeout=0.3):
            said.append(f'{name} has both')
            second.release()
        else:
            said.append(f'{name} gave up')


def run(*orders):
    said = []
    threads = [threading.Thread(target=take, args=(name, *order, said)) for name, order in zip('AB', orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


said = run((left, right), (right, left))
print('two orders:', 'somebody gave up' if any('gave up' in s for s in said) else 'both got through')
said = run((left, right), (left, right))
print('one order: ', 'somebody gave up' if any('gave up' in s for s in said) else 'both got through')
