"""A queue hands work from one thread to others, and makes them wait for each other.

Run:   ungil programs/producer_consumer.py
See:   the queue holds three items at the most: the producer waits when it is full, the consumers when it is empty.
Try:   queue.Queue() without a bound; one consumer; items that take time.
"""
import queue
import threading

jobs = queue.Queue(maxsize=3)
done = []


def produce():
    for number in range(10):
        jobs.put(number)
    for _ in consumers:
        jobs.put(None)


def consume():
    while (number := jobs.get()) is not None:
        done.append(number * number)


consumers = [threading.Thread(target=consume) for _ in range(2)]
producer = threading.Thread(target=produce)
for thread in [producer, *consumers]:
    thread.start()
for thread in [producer, *consumers]:
    thread.join()
print('squares:', sorted(done))
print('left in the queue:', jobs.qsize())
