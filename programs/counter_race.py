"""Threads that count together lose updates; a lock mends it.

Run:   ungil programs/counter_race.py
       ungil --gil=off programs/counter_race.py
       ungil --seed=7 --switch-at=instruction programs/counter_race.py
See:   `counter = counter + abs(1)` is read, call, add, write. A thread that loses its turn between the read and
       the write overwrites what the others counted meanwhile.
       The bare `counter += 1` survives the GIL: since CPython 3.10 a thread gives the GIL up only when it enters
       a function, jumps backwards or has called a native function, and there is none of these between its read
       and its write. It does not survive a machine without the GIL, nor a switch at every instruction.
Try:   int('1') in place of abs(1); len('x'), whose specialized call is no switch point in CPython; more threads.
"""
import sys
import threading

THREADS = 4
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000

counter = 0
lock = threading.Lock()
# All begin at once: else the first could be done before the last has begun.
begin = threading.Barrier(THREADS)


def bare():
    global counter
    begin.wait()
    for _ in range(ROUNDS):
        counter += 1


def with_call():
    global counter
    begin.wait()
    for _ in range(ROUNDS):
        counter = counter + abs(1)


def locked():
    global counter
    begin.wait()
    for _ in range(ROUNDS):
        with lock:
            counter = counter + abs(1)


def lost_by(work):
    global counter
    counter = 0
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREADS * ROUNDS - counter


sys.setswitchinterval(1e-5)
for work in bare, with_call, locked:
    lost = lost_by(work)
    print(f'{work.__name__:10} {THREADS * ROUNDS} updates, {"none" if lost == 0 else lost} lost')
