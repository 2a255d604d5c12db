#!/usr/bin/env python3
"""Feeds mutated source to the built binary and reports what no source may cause: a panic, a signal, a hang.

Usage: fuzz/fuzz.py compile|run BINARY [--seconds N] [--seed N] [--finds DIR] [-- ARGUMENT ...]

`compile` compiles mutated files of the tests and of a library; `run` executes mutated small programs, with limits on time
and memory. Many sources go to one process of the binary (ARGUMENTs are its options, such as --gil=off); when it dies or
stands still, the source it was at is tried alone, and if that does it again it is written to DIR. With the same seed the
sources are the same. README.md tells more.
"""

import argparse
import os
import pathlib
import random
import re
import resource
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Folders of tests/scripts whose programs touch nothing outside the process.
HARMLESS = ('basics', 'builtins', 'classes', 'exceptions', 'functions', 'generators', 'memory', 'statements', 'types')
# What a mutated program must not get at.
FORBIDDEN = re.compile(r'\b(os|posix|open|subprocess|shutil|pathlib|tempfile|signal|socket|threading|_thread|fork|kill|'
                       r'ctypes|multiprocessing|pty|resource|mmap|input|breakpoint|faulthandler|quit|exit)\b|_io\b|FileIO')
# Long enough for a build without optimization on a busy machine.
PATIENCE = 30

WORDS = '''False None True and as assert async await break class continue def del elif else except finally for from global
if import in is lambda nonlocal not or pass raise return try while with yield match case type _ print __class__ super self
f' t' b' r' rb' \'\'\' """ ' " { } {{ }} !r := -> ** // >> << == != <= >= += @ @= ... : , . ; ( ) [ ] ( ( ) ) \\ \n \t #
0 1 0x 1e 1j 0b 1_0 10**20 -1 [] {} () *a **k yield\x20from except* lambda: async\x20for async\x20with \x00 é \ufeff \x0c'''
WORDS = WORDS.split(' ') + WORDS.split()

# Runs in the binary: sources come in as a length and that many bytes; the number of each is told before it is tried.
SERVER = '''
import sys, os, gc, signal
class Late(BaseException): pass
def late(*_): raise Late
running = sys.argv[1] == 'run'
signal.signal(signal.SIGALRM, late)
source, tell = sys.stdin.buffer, os.fdopen(os.dup(1), 'w', 1)
null = open('/dev/null', 'w')
builtins = dict(vars(__import__('builtins')))
number = 0
while (size := source.readline()):
    text = source.read(int(size))
    tell.write('%d\\n' % number)
    number += 1
    sys.stdout = sys.stderr = null
    try:
        signal.setitimer(signal.ITIMER_REAL, 2)
        code = compile(text, 'source', 'exec', dont_inherit=True)
        if running:
            exec(code, {'__name__': '__main__', '__builtins__': dict(builtins)})
        else:
            compile(text, 'source', 'exec', 0x400, dont_inherit=True)
    except BaseException as e:
        e = None
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException:
            pass
    sys.setrecursionlimit(1000)
    sys.settrace(None); sys.setprofile(None)
    code = None
tell.write('end\\n')
os._exit(0)
'''


def mutate(rng, seeds):
    """A source: one of the seeds, damaged in some places, by others' pieces too."""
    text = rng.choice(seeds)
    lines = text.splitlines(True)
    if len(lines) > 60:
        start = rng.randrange(len(lines) - 40)
        text = ''.join(lines[start:start + rng.randrange(5, 60)])
    for _ in range(rng.choice((1, 1, 2, 3, 5, 10))):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((1, 1, 2, 5, 20)))
        kind = rng.randrange(10)
        if kind < 3:
            text = text[:at] + rng.choice(WORDS) + text[at:]
        elif kind < 5:
            text = text[:at] + text[end:]
        elif kind == 5:
            text = text[:at] + text[at:end] * rng.choice((2, 3, 50)) + text[end:]
        elif kind == 6:
            other = rng.choice(seeds)
            begin = rng.randrange(len(other) + 1)
            text = text[:at] + other[begin:begin + rng.choice((5, 20, 80))] + text[at:]
        elif kind == 7:
            text = text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) + text[end:]
        elif kind == 8:
            words = re.findall(r'\w+|[^\w\s]', text) or ['a']
            old, new = rng.choice(words), rng.choice(words)
            place = text.find(old, rng.randrange(len(text) + 1))
            if place >= 0:
                text = text[:place] + new + text[place + len(old):]
        else:
            lines = text.splitlines(True) or ['\n']
            one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[one], lines[two] = lines[two], ' ' * rng.randrange(9) + lines[one].lstrip(' ')
            text = ''.join(lines)
    return text


def limits():
    for what, most in ((resource.RLIMIT_DATA, 4 << 30), (resource.RLIMIT_FSIZE, 1 << 20), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    os.nice(15)
    os.setpgid(0, 0)


def batch(command, folder, sources):
    """Runs the sources in one process: what went wrong and at which, or None."""
    data = tempfile.TemporaryFile()
    for source in sources:
        raw = source.encode('utf-8', 'surrogatepass')
        data.write(b'%d\n%s' % (len(raw), raw))
    data.seek(0)
    errors = tempfile.TemporaryFile()
    child = subprocess.Popen(command, stdin=data, stdout=subprocess.PIPE, stderr=errors, cwd=folder, preexec_fn=limits)
    at, ended, what, rest = -1, False, None, b''
    try:
        while True:
            if not select.select([child.stdout], [], [], PATIENCE)[0]:
                what = 'hang'
                break
            got = os.read(child.stdout.fileno(), 65536)
            if not got:
                break
            *lines, rest = (rest + got).split(b'\n')
            for line in lines:
                if line == b'end':
                    ended = True
                elif line.isdigit():
                    at = int(line)
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL) if what else None
        except ProcessLookupError:
            pass
        child.stdout.close()
        status = child.wait()
    errors.seek(0)
    told = errors.read().decode(errors='replace')
    if what is None and 'panicked' in told:
        what = 'panic'
    if what is None and not ended:
        what = f'signal {-status}' if status < 0 else f'status {status}'
    return what and (what, at, told)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('mode', choices=('compile', 'run'))
    parser.add_argument('binary')
    parser.add_argument('--seconds', type=float, default=600)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--finds', default='finds')
    parser.add_argument('options', nargs='*')
    a = parser.parse_args()
    rng = random.Random(a.seed)
    paths = sorted((ROOT / 'tests').rglob('*.py'))
    if a.mode == 'run':
        paths = [path for path in paths if path.parent.name in HARMLESS]
    else:
        paths += sorted(pathlib.Path(sysconfig.get_path('stdlib')).glob('*.py'))
    seeds = [path.read_text(errors='replace') for path in paths]
    if a.mode == 'run':
        seeds = [seed for seed in seeds if not FORBIDDEN.search(seed)]
    seeds = [seed for seed in seeds if seed]
    finds = pathlib.Path(a.finds)
    command = [os.path.abspath(a.binary), *a.options, '-c', SERVER, a.mode]
    end = time.monotonic() + a.seconds
    tried = found = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            sources = []
            while len(sources) < (200 if a.mode == 'compile' else 50):
                source = mutate(rng, seeds)
                if a.mode == 'compile' or not FORBIDDEN.search(source):
                    sources.append(source)
            while sources:
                bad = batch(command, folder, sources)
                if not bad:
                    tried += len(sources)
                    break
                what, at, told = bad
                at = max(at, 0)
                # A panic is told of without an end: it was one of them.
                suspects = range(len(sources)) if what == 'panic' else [at]
                alone = 0
                for i in suspects:
                    if again := batch(command, folder, [sources[i]]):
                        alone += 1
                        found += 1
                        finds.mkdir(exist_ok=True)
                        path = finds / f'{a.mode}-{a.seed}-{found}.py'
                        path.write_bytes(sources[i].encode('utf-8', 'surrogatepass'))
                        print(f'{path}: {again[0]}: {again[2].strip()[-300:]}', flush=True)
                        if what == 'panic' and alone == 3:
                            break
                if not alone:
                    found += 1
                    finds.mkdir(exist_ok=True)
                    path = finds / f'{a.mode}-{a.seed}-{found}-together'
                    path.mkdir(exist_ok=True)
                    for i, source in enumerate(sources[:at + 1]):
                        (path / f'{i}.py').write_bytes(source.encode('utf-8', 'surrogatepass'))
                    print(f'{path}: {what} after {at + 1} sources, but not alone: {told.strip()[-300:]}', flush=True)
                tried += at + 1
                sources = [] if what == 'panic' else sources[at + 1:]
    print(f'{tried} sources, {found} finds')
    sys.exit(found != 0)


if __name__ == '__main__':
    main()
