"""A walk through the course: what each script shows, and the script itself, one key press after the other.

Run:   ungil programs/tour.py
       ungil programs/tour.py races
See:   Enter runs the script with the GIL, o runs it without, c shows its code, n goes on, b goes back, q ends the tour.
"""
import ast
import os
import re
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
KEYS = 'Enter run   o run with --gil=off   c code   n next   b back   q quit'


def course():
    """Section, script and what to look for, in the order of README.md."""
    section = ''
    with open(os.path.join(FOLDER, 'README.md'), encoding='utf-8') as readme:
        for line in readme:
            if line.startswith('## '):
                section = line[3:].strip()
            elif row := re.match(r'\| `(\w+\.py)`[^|]*\| (.*) \|', line):
                yield section, row[1], row[2]


def explanation(script):
    """What the script says of itself at its top."""
    with open(os.path.join(FOLDER, script), encoding='utf-8') as file:
        text = file.read()
    return ast.get_docstring(ast.parse(text)) or '(no words, only code)\n\n' + text.rstrip()


def key():
    """The next key that is pressed."""
    try:
        import termios
        import tty
    except ImportError:
        return (input()[:1] or '\n').lower()
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        pressed = os.read(descriptor, 1).decode(errors='replace').lower()
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    return pressed or 'q'


def run(script, lock):
    print(f'\n$ ungil --gil={lock} programs/{script}', flush=True)
    try:
        status = subprocess.run([sys.executable, f'--gil={lock}', os.path.join(FOLDER, script)]).returncode
    except KeyboardInterrupt:
        status = 'interrupted'
    if status:
        print(f'({status})')


def tour(lessons):
    at = 0
    while at < len(lessons):
        section, script, look = lessons[at]
        print(f'\n{"─" * 80}\n{section}   {at + 1}/{len(lessons)}   {script}: {look}\n')
        print(explanation(script))
        while True:
            print(f'\n[{KEYS}] ', end='', flush=True)
            pressed = key()
            print()
            if pressed in '\r\n':
                run(script, 'on')
            elif pressed == 'o':
                run(script, 'off')
            elif pressed == 'c':
                with open(os.path.join(FOLDER, script), encoding='utf-8') as file:
                    print(file.read())
            elif pressed in 'n ':
                at += 1
                break
            elif pressed == 'b':
                at = max(0, at - 1)
                break
            elif pressed in 'q\x04':
                return
    print('\nThat was the course.')


lessons = [lesson for lesson in course() if all(word.lower() in ' '.join(lesson).lower() for word in sys.argv[1:])]
if not lessons:
    sys.exit('there is no such lesson')
if sys.stdin.isatty():
    tour(lessons)
else:
    for section, script, look in lessons:
        print(f'{section}   {script}: {look}')
