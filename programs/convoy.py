"""The convoy: a thread that only counts makes one that waits for I/O slow.

Run:   ungil programs/convoy.py
       ungil --gil-stats programs/convoy.py
       ungil --gil=off programs/convoy.py
See:   the echo thread sends a byte through a pipe and reads it back, which takes some microseconds, and gives the
       GIL up for every read and write. Alone it is quick. Beside a thread that counts it has to wait for the GIL
       after every one of them, each time a whole switch interval (5 ms), because the counting thread gives it up
       only when asked. With the GIL off nobody waits.
Try:   sys.setswitchinterval(0.0005), as the second argument; more counting threads; time.sleep(0) in the loop.
"""
import os
import sys
import threading
import time

import ungil

ECHOES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
if len(sys.argv) > 2:
    sys.setswitchinterval(float(sys.argv[2]))

stop = threading.Event()


def count():
    n = 0
    while not stop.is_set():
        for _ in range(10_000):
            n += 1


def echo(result):
    reader, writer = os.pipe()
    start = time.perf_counter()
    for _ in range(ECHOES):
        os.write(writer, b'x')
        os.read(reader, 1)
    result.append(time.perf_counter() - start)
    os.close(reader)
    os.close(writer)


def measure(counters):
    stop.clear()
    busy = [threading.Thread(target=count, name='counting') for _ in range(counters)]
    for thread in busy:
        thread.start()
    result = []
    echoing = threading.Thread(target=echo, args=(result,), name='echo beside ' + str(counters))
    echoing.start()
    echoing.join()
    stop.set()
    for thread in busy:
        thread.join()
    return result[0]


for counters in 0, 1, 2:
    seconds = measure(counters)
    print(f'{ECHOES} echoes beside {counters} counting threads: {seconds * 1e6 / ECHOES:8.0f} microseconds each')

print()
for row in ungil.gil_stats():
    if row['thread'].startswith('echo'):
        print(f'{row["thread"]}: waited {row["waits"]} times for the GIL, {row["waited"]:.3f} s in all')
