"""Writes programs.txt: the instruction names of every function of the course, as CPython 3.14 compiles them.

Run: PYTHON3.14 tests/dis/record.py
"""
import dis
import pathlib
import types

here = pathlib.Path(__file__).parent
with open(here / 'programs.txt', 'w', encoding='utf-8') as out:
    for path in sorted((here.parent.parent / 'programs').glob('*.py')):
        todo = [compile(path.read_bytes(), path.name, 'exec')]
        while todo:
            code = todo.pop(0)
            names = [instruction.opname for instruction in dis.get_instructions(code)]
            print(path.name, code.co_qualname, code.co_firstlineno, *names, file=out)
            todo += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
