# Values, arrays, locks, queues and pools that processes share.
import multiprocessing

context = multiprocessing.get_context('fork')


def count(total, array, lock, queue):
    for i in range(100):
        with total.get_lock():
            total.value += 1
    with lock:
        array[0] += 1
        array[1] *= 2
    queue.put(total.value > 0)


def square(x):
    return x * x


total, array = context.Value('i', 0), context.Array('d', [0, 1])
lock, queue = context.Lock(), context.SimpleQueue()
workers = [context.Process(target=count, args=(total, array, lock, queue)) for _ in range(2)]
for worker in workers:
    worker.start()
print([queue.get() for _ in workers])
for worker in workers:
    worker.join()
print(total.value, array[:], [worker.exitcode for worker in workers])
raw = context.RawArray('i', 3)
raw[:] = [1, 2, 3]
print(list(raw), context.RawValue('c', b'x').value, context.Array('c', 4).raw)
with context.Pool(2) as pool:
    print(pool.map(square, range(5)))
