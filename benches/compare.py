"""Runs the benchmarks in two interpreters by turns: compare.py UNGIL PYTHON."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ungil, other = sys.argv[1:3]
for name in 'fib', 'nbody', 'dicts':
    best = {}
    for _ in range(3):
        for interpreter in ungil, other:
            out = subprocess.run([interpreter, HERE / f'{name}.py'], capture_output=True, text=True, check=True).stdout
            best[interpreter] = min(float(out.split()[1]), best.get(interpreter, 1e9))
    print(f'{name:<8} {best[ungil]:.4f} {best[other]:.4f}  ratio {best[other] / best[ungil]:.2f}')
