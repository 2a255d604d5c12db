"""The program ends when its last non-daemon thread has ended; daemon threads are left where they are.

Run:   ungil programs/daemon.py
See:   the worker's line is printed although the main thread ended first; the daemon's last line never is.
Try:   daemon=False for the second thread.
"""
import threading
import time


def worker():
    time.sleep(0.3)
    print('the worker finishes its work')


def background():
    print('the daemon begins')
    time.sleep(60)
    print('this is never printed')


threading.Thread(target=background, daemon=True).start()
threading.Thread(target=worker).start()
# So that the lines below and above do not run into each other.
time.sleep(0.05)
print('the main thread ends')
