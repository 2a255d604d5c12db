"""What the top level of modules and of other compiled code defines."""
import importlib
import sys
import types
from lib_leaks import check


def code():
    namespace = {}
    exec(compile('def f(a=[1]):\n class A: x = [a]\n return lambda: A\nr = f()()', 'file', 'exec'), namespace)
    eval('[x for x in (1, 2)]')


def module():
    m = types.ModuleType('new')
    exec('import sys\ndef f(): return g\ng = [f]', m.__dict__)


def imported():
    sys.modules.pop('colorsys', None)
    importlib.import_module('colorsys')


check('code', code, 500)
check('module', module, 500)
check('import', imported, 100)
