"""The convoy: a thread that only counts makes one that waits for I/O slow.

Run:   ungil programs/convoy.py
       ungil --gil-stats programs/convoy.py
       ungil --gil=off programs/convoy.py
See:   the echo thread sends a byte to another process and waits until it comes back, some ten microseconds, for
       which it gives the GIL up. Alone it is quick. Beside a thread that counts it finds the GIL taken each time
       it comes back, and waits a whole switch interval (5 ms), because the counting thread gives the GIL up only
       when asked. With the GIL off nobody waits.
Try:   a switch interval of 0.0005 as the second argument; more counting threads; time.sleep(0) in the loop.
"""
import os
import sys
import threading
import time

ECHOES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
if len(sys.argv) > 2:
    sys.setswitchinterval(float(sys.argv[2]))

# The other process: it sends back what it gets, until the pipe is closed.
there, here_out = os.pipe()
here_in, back = os.pipe()
if os.fork() == 0:
    os.close(here_out)
    os.close(here_in)
    while byte := os.read(there, 1):
        os.write(back, byte)
    os._exit(0)
os.close(there)
os.close(back)

stop = threading.Event()


def count():
    n = 0
    while not stop.is_set():
        for _ in range(10_000):
            n += 1


def echo(result):
    start = time.perf_counter()
    for _ in range(ECHOES):
        os.write(here_out, b'x')
        os.read(here_in, 1)
    result.append(time.perf_counter() - start)


def measure(counters):
    stop.clear()
    busy = [threading.Thread(target=count, name='counting') for _ in range(counters)]
    for thread in busy:
        thread.start()
    result = []
    echoing = threading.Thread(target=echo, args=(result,), name=f'echo beside {counters}')
    echoing.start()
    echoing.join()
    stop.set()
    for thread in busy:
        thread.join()
    return result[0]


for counters in 0, 1, 2:
    seconds = measure(counters)
    print(f'{ECHOES} echoes beside {counters} counting threads: {seconds * 1e6 / ECHOES:8.0f} microseconds each')
os.close(here_out)
os.wait()

try:
    import ungil
except ImportError:
    sys.exit()
for row in ungil.gil_stats():
    if row['thread'].startswith('echo'):
        print(f'{row["thread"]}: waited {row["waits"]} times for the GIL, {row["waited"]:.3f} s in all')
