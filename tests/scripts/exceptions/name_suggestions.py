import sys
class Thing:
    color = 1
    def method(self): return colour_of
def f():
    length = 1
    return lenght
for call in (f, lambda: Thing().colour, lambda: prnt(1), lambda: sys.pth, lambda: Thing.methd, lambda: [].appnd, lambda: time.time()):
    try: call()
    except (NameError, AttributeError) as e:
        import traceback
        print(traceback.format_exception_only(e)[-1], end='')
try: import colections
except ImportError as e: print(traceback.format_exception_only(e)[-1], end='')
try: from collections import OrderdDict
except ImportError as e: print(type(e).__name__, e.name, e.name_from)
try: f(x=1)
except TypeError as e: print(e)
def g(*, value): pass
try: g(valeu=1)
except TypeError as e: print(e)
try: 'x'.join([1])
except TypeError as e: print(e)
