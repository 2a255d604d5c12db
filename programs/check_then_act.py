"""Looking first and acting then is two steps: another thread can act in between.

Run:   ungil programs/check_then_act.py
       ungil --gil=off programs/check_then_act.py
See:   ten buyers want the last ticket. Without a lock several of them can find it there, and all take it.
Try:   move the print, or the sleep, out of the gap between looking and taking.
"""
import threading
import time


def sell(guard):
    tickets = 1
    sold = []

    def buy(name):
        nonlocal tickets
        with guard:
            if tickets > 0:
                # Whatever takes time here (a message, a write to a file) lets the others look too.
                time.sleep(0.02)
                tickets -= 1
                sold.append(name)

    buyers = [threading.Thread(target=buy, args=(n,)) for n in range(10)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    return tickets, len(sold)


class NoLock:
    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


left, sold = sell(NoLock())
print('without a lock: sold more than there was:', sold > 1, '- tickets left below zero:', left < 0)
left, sold = sell(threading.Lock())
print('with a lock: sold', sold, 'left', left)
