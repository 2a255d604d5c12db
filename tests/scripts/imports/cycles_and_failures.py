import lib_cycle_a
import sys
for n in range(2):
    try: import lib_broken
    except ZeroDivisionError as e: print(e, 'lib_broken' in sys.modules, e.__traceback__.tb_next.tb_lineno)
sys.modules['blocked'] = None
try: import blocked
except ImportError as e: print(type(e).__name__, e)
sys.modules['fake'] = 'not a module'
import fake
print(fake)
import importlib
m = importlib.import_module('lib_sibling')
m.value = 0
print(importlib.reload(m) is m, m.value)
import types
mod = types.ModuleType('made', 'doc')
mod.__getattr__ = lambda name: f'dynamic {name}'
sys.modules['made'] = mod
import made
from made import anything
print(made.x, anything, made.__doc__, made.__name__)
