import lib_sibling
import lib_sibling as again
from lib_sibling import delay, value as v
print(lib_sibling is again, delay(v), lib_sibling.__name__, lib_sibling.__file__.rpartition('/')[2])
from lib_sibling import *
print(value, '_private' in globals())
from lib_all import *
print(shown, _under, 'hidden' in globals())
import sys
print('lib_sibling' in sys.modules, sys.modules['lib_sibling'] is lib_sibling, __name__, sys.modules['__main__'].v)
try: import no_such_module
except ModuleNotFoundError as e: print(e, e.name)
try: import lib_sibling.sub
except ModuleNotFoundError as e: print(e)
try: from lib_sibling import nope
except ImportError as e: print(str(e).split(' (')[0], e.name)
try: lib_sibling.nope
except AttributeError as e: print(e)
def inside():
    import lib_sibling as local
    return local.value
print(inside())
import os.path as p, json
print(p.join('a', 'b'), json.dumps({'a': [1, None, True]}))
print(__import__('lib_sibling').value, __import__('os.path').__name__, __import__('os.path', fromlist=['join']).__name__)
