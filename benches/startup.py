"""How long whole processes take, in two interpreters by turns: startup.py UNGIL PYTHON [ROUNDS].

Times `-c pass` and imports with a warm cache. A PYTHON that is a shell script pays for the shell: what
`sh -c 'exec true'` takes is measured by turns as well, and taken off. The figures are medians of pairs, in
milliseconds on the clock, and of the processors' time, which a busy machine disturbs less; a ratio is UNGIL's time
over PYTHON's.
"""
import os
import statistics
import sys
import time

ungil, python = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 21
environment = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
with open(python, 'rb') as file:
    shell = file.read(2) == b'#!'


def measure(*command):
    """Milliseconds on the clock, and of processor time."""
    null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begun = time.perf_counter()
    process = os.posix_spawnp(command[0], command, environment, file_actions=null)
    _, status, usage = os.wait4(process, 0)
    taken = time.perf_counter() - begun
    if status:
        sys.exit(f'{command} failed')
    return taken * 1000, (usage.ru_utime + usage.ru_stime) * 1000


for code in 'pass', 'import asyncio', 'import json, re, dataclasses', 'import unittest':
    # The first run fills the caches.
    measure(ungil, '-c', code), measure(python, '-c', code)
    pairs = []
    for _ in range(rounds):
        mine, other = measure(ungil, '-c', code), measure(python, '-c', code)
        paid = measure('sh', '-c', 'exec true') if shell else (0, 0)
        pairs.append((*mine, *(a - b for a, b in zip(other, paid))))
    clock, used, other_clock, other_used = map(statistics.median, zip(*pairs))
    ratios = [statistics.median(pair[i] / pair[i + 2] for pair in pairs) for i in range(2)]
    print(f'{code:30} clock {clock:7.1f} {other_clock:7.1f}  ratio {ratios[0]:.2f}   '
          f'processor {used:7.1f} {other_used:7.1f}  ratio {ratios[1]:.2f}')
