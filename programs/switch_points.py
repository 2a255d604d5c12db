"""Where can a thread lose the GIL? At the points where it looks whether somebody wants it.

Run:   ungil programs/switch_points.py
       ungil --switch-at=instruction programs/switch_points.py
       ungil dis programs/switch_points.py
See:   a thread that does nothing but arithmetic in one long line does not lose the GIL inside it: there is no
       switch point. The backward jump of a loop is one, and so is the return from a native function.
Try:   abs(x) in place of x in the long line; time.sleep(0).
"""
import sys
import threading

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
x = 0
torn = 0


def write():
    global x
    for _ in range(ROUNDS):
        # One line, no switch point: x is odd only in between.
        x += 1; x += 1


def write_with_a_call():
    global x
    for _ in range(ROUNDS):
        x += 1; abs(x); x += 1


def watch():
    global torn
    for _ in range(ROUNDS):
        if x % 2:
            torn += 1
        abs(0)


sys.setswitchinterval(1e-6)
for writer in write, write_with_a_call:
    x = torn = 0
    threads = [threading.Thread(target=writer), threading.Thread(target=watch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f'{writer.__name__:18}', 'seen half done' if torn else 'never seen half done')
