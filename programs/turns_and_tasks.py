"""Two ways to take turns: somebody takes the processor away, or you hand it over.

Run:   ungil programs/turns_and_tasks.py
See:   threads are preemptive: each is stopped after a time slice, wherever it happens to be, so their letters come in
       runs of any length. Generators are cooperative: each goes on until its own yield, and the letters alternate
       every time. That is what asyncio does, and why nobody can come in between two of its awaits.
Try:   a yield after every third letter; a generator without one.
"""
import sys
import threading
from collections import deque

STEPS = 3000


def runs(text):
    """How many runs of the same letter there are."""
    return 1 + sum(a != b for a, b in zip(text, text[1:]))


def preemptive(letter, said):
    for _ in range(STEPS):
        said.append(letter)


def cooperative(letter, said):
    for _ in range(STEPS):
        said.append(letter)
        yield


sys.setswitchinterval(1e-5)
said = []
threads = [threading.Thread(target=preemptive, args=(letter, said)) for letter in 'ab']
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('threads:   ', runs(said), 'turns for', len(said), 'letters')

said = []
ready = deque(cooperative(letter, said) for letter in 'ab')
while ready:
    task = ready.popleft()
    try:
        next(task)
    except StopIteration:
        continue
    ready.append(task)
print('generators:', runs(said), 'turns for', len(said), 'letters')
