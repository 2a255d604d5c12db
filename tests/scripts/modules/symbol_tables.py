"""symtable: what the compiler knows of names."""

import symtable

SOURCE = '''
import os
from sys import *
x: int = 1
def outer(a, *args, b=2, **kw):
    global x
    def inner():
        nonlocal a
        a = b
        return a, [y for y in args]
    class Local(object):
        c: str = a
        def method(self): return __class__
    return (z for z in kw), lambda q: q, inner
class Generic[T: int]:
    field: T
type Alias[U] = list[U]
'''
PREDICATES = 'referenced imported parameter global declared_global local annotated free assigned namespace'.split()


def show(table, depth=0):
    print('  ' * depth, table.get_type().value, table.get_name(), table.get_lineno(), table.is_nested(), table.has_children())
    for symbol in sorted(table.get_symbols(), key=lambda symbol: symbol.get_name()):
        print('  ' * depth, ' -', symbol.get_name(), *(p for p in PREDICATES if getattr(symbol, f'is_{p}')()))
    if isinstance(table, symtable.Function):
        print('  ' * depth, table.get_parameters(), sorted(table.get_locals()), sorted(table.get_frees()))
    for child in table.get_children():
        show(child, depth + 1)


show(symtable.symtable(SOURCE, '<source>', 'exec'))
show(symtable.symtable('[a for a in b if (c := a)]', '<source>', 'eval'))
for text, mode in (('def f(x, x): pass', 'exec'), ('x =', 'exec'), ('x', 'nothing'), ('nonlocal x', 'exec')):
    try:
        symtable.symtable(text, '<source>', mode)
    except (SyntaxError, ValueError) as error:
        print(type(error).__name__, error)
