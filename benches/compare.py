"""Runs the benchmarks in two interpreters by turns: compare.py UNGIL PYTHON [--uvloop FOLDER] [NAME ...]

FOLDER is where `PYTHON -m pip install --target FOLDER uvloop` has put that loop: the loop's benchmarks run with it, too.
A ratio says how many times faster ungil is: by the clock, and (where a benchmark prints it) by the processor's time.
"""
import argparse
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
BENCHES = 'fib', 'nbody', 'dicts'
LOOP = ('echo protocols', 'echo streams', 'echo protocols warm', 'echo streams warm',
        'tasks spawn', 'tasks together', 'tasks switch', 'timers')
TURNS = 3

parser = argparse.ArgumentParser(usage='compare.py UNGIL PYTHON [--uvloop FOLDER] [NAME ...]')
parser.add_argument('ungil')
parser.add_argument('python')
parser.add_argument('--uvloop')
parser.add_argument('names', nargs='*')
options = parser.parse_intermixed_args()


def seconds(interpreter, name, *flags):
    """The first numbers that a benchmark prints."""
    script, *kind = name.split()
    command = [interpreter, HERE / f'{script}.py', *kind, *flags]
    environment = os.environ | ({'PYTHONPATH': options.uvloop} if 'uvloop' in flags else {})
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return [float(word) for word in out.split()[1:3]]


for name in (*BENCHES, *LOOP):
    if options.names and not any(wanted in name for wanted in options.names):
        continue
    rivals = {'ungil': [options.ungil, name], 'python': [options.python, name]}
    if options.uvloop and name in LOOP:
        rivals['uvloop'] = [options.python, name, 'uvloop']
    best = {}
    for _ in range(TURNS):
        for rival, run in rivals.items():
            best[rival] = list(map(min, seconds(*run), best.get(rival, [1e9] * 2)))
    ours = best.pop('ungil')
    print(f'{name:<19}', *(f'{value:.4f}' for value in ours), end='')
    for rival, theirs in best.items():
        ratios = ' '.join(f'{b / a:.2f}' for a, b in zip(ours, theirs))
        print(f'   {rival}', *(f'{value:.4f}' for value in theirs), f'ratio {ratios}', end='')
    print(flush=True)
