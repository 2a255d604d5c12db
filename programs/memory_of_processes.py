"""Threads share the memory of their process; a process has its own.

Run:   ungil programs/memory_of_processes.py
See:   the thread's change is seen by everybody. The child process changes its own copy, and the parent finds its list
       as it was; what they want to tell each other has to be sent through a pipe.
Try:   multiprocessing.Value, which lies in memory that both see.
"""
import multiprocessing
import os
import threading

notes = []


def work(name, answer=None):
    notes.append(name)
    if answer is not None:
        answer.send((os.getpid(), notes))


if __name__ == '__main__':
    thread = threading.Thread(target=work, args=('the thread was here',))
    thread.start()
    thread.join()
    print('after the thread: ', notes)

    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=work, args=('the process was here', there))
    process.start()
    pid, theirs = here.recv()
    process.join()
    print('after the process:', notes)
    print('the process had:  ', theirs[-1])
    print('another process:  ', pid != os.getpid())
