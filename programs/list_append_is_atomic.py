"""One operation on a container is atomic; two in a row are not.

Run:   ungil programs/list_append_is_atomic.py
       ungil --gil=off programs/list_append_is_atomic.py
See:   no append is ever lost, with the GIL or without it. "Read the length, then append" loses its meaning as soon
       as another thread appends between the two.
Try:   dict.setdefault against `if key not in d: d[key] = ...`.
"""
import threading

THREADS, ROUNDS = 4, 20_000


def run(work):
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


items = []


def append():
    for i in range(ROUNDS):
        items.append(i)


run(append)
print('appended', len(items), 'of', THREADS * ROUNDS)

numbered = []


def append_numbered():
    for _ in range(ROUNDS):
        numbered.append(len(numbered) + abs(0))


run(append_numbered)
print('kept', len(numbered), 'of', THREADS * ROUNDS)
print('numbers that are not their own index:', 'some' if any(n != i for i, n in enumerate(numbered)) else 'none this time')
