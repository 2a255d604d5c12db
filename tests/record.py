#!/usr/bin/env python3
"""Writes what the scripts of tests/scripts are expected to print, by running CPython 3.14.

Usage: tests/record.py PYTHON [SCRIPT ...]

Without scripts, those that have no .out yet; files named lib_* and packages are modules of others. PYTHON must be CPython 3.14;
expectations never come from ungil. A script is run twice, with other hashes, and must print the same.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent / 'scripts'


def run(python, script, hash_seed):
    arguments = script.with_suffix('.args')
    standard_input = script.with_suffix('.in')
    env = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    env |= {'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', 'PYTHONHASHSEED': hash_seed, 'PYTHONDONTWRITEBYTECODE': '1'}
    result = subprocess.run(
        [python, script.name, *(arguments.read_text().splitlines() if arguments.exists() else [])],
        cwd=script.parent, env=env, timeout=60, capture_output=True,
        input=standard_input.read_bytes() if standard_input.exists() else b'')
    clean = lambda data: data.decode().replace(f'{script.parent.resolve()}/', '')
    return clean(result.stdout), clean(result.stderr), result.returncode


def write(path, text, default):
    if text != default:
        path.write_text(text)
    elif path.exists():
        path.unlink()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    python = os.path.abspath(sys.argv[1])
    version = subprocess.run([python, '-c', 'import sys; print(sys.implementation.name, *sys.version_info[:2])'],
                             capture_output=True, text=True, check=True).stdout.strip()
    if version != 'cpython 3 14':
        sys.exit(f'{python} is {version}, not CPython 3.14')
    scripts = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    if not scripts:
        scripts = [path for path in sorted(ROOT.rglob('*.py'))
                   if not path.with_suffix('.out').exists() and not path.stem.startswith('lib_')
                   and not (path.parent / '__init__.py').exists()]
    unsteady = []
    for script in scripts:
        out, err, status = run(python, script, '1')
        if (out, err, status) != run(python, script, '2'):
            unsteady.append(f'{script}: prints something else the second time')
            continue
        script.with_suffix('.out').write_text(out)
        write(script.with_suffix('.err'), err, '')
        write(script.with_suffix('.status'), f'{status}\n', '0\n')
        print(f'{script.relative_to(ROOT.resolve())}: status {status}, {out.count(chr(10))} lines'
              + (', with an error' if err else ''))
    if unsteady:
        sys.exit('\n'.join(unsteady))


if __name__ == '__main__':
    main()
