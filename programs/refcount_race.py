"""Reference counts without a GIL: lost increments free what is in use, lost decrements leak.

Run:   ungil programs/refcount_race.py
       ungil --gil=off programs/refcount_race.py
       ungil --gil=off --refcount=naive programs/refcount_race.py
See:   `mine = shared` adds a reference and `del mine` takes it away. CPython's `ob_refcnt += 1` is a load, an
       addition and a store: without a GIL two threads that do it at once lose one of the two. With the GIL, and
       with ungil's biased counts, none is lost. --refcount=naive counts both ways: the true count decides when an
       object dies, so nothing crashes, and the racy one shows what CPython would have done. The exit status is 3.
       Whether the racy count of a list falls to zero while the list is in use, or climbs and never comes back, is
       chance: there is one shared list after the other, until a count has been at zero too early.
Try:   one thread; a lock around the two lines; a list of its own for each thread.
"""
import sys
import threading

import ungil

THREADS = 4
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
LISTS = 200

# All begin at once: else the first could be done before the last has begun.
begin = threading.Barrier(THREADS)


def work():
    begin.wait()
    for _ in range(ROUNDS):
        mine = shared
        del mine


for number in range(LISTS):
    shared = ['everybody refers to me', number]
    before = sys.getrefcount(shared)
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = sys.getrefcount(shared)
    report = ungil.refcount_report()
    if report is None or after != before or any(zero['type'] == 'list' for zero in report['premature_zeros']):
        break
print('true count:', before, 'before,', after, 'after')

if report is None:
    print('racy counts: not kept (run with --gil=off --refcount=naive)')
else:
    lost = report['increments_lost'] + report['decrements_lost']
    print('racy counts:', lost if lost else 'none', 'lost')
