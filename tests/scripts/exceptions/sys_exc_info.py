import sys
def current(): return sys.exc_info()[0], sys.exception()
print(current())
try: 1/0
except ZeroDivisionError:
    print(current()[0].__name__)
    try: int('x')
    except ValueError: print(current()[0].__name__)
    print(current()[0].__name__)
print(current())
def gen():
    try: yield 1
    except KeyError: yield sys.exc_info()[0].__name__
    yield sys.exc_info()[0]
g = gen(); next(g)
try: raise ValueError
except ValueError:
    print(g.throw(KeyError), sys.exc_info()[0].__name__, next(g).__name__)
try: raise OSError('x').with_traceback(None)
except OSError as e:
    tb = e.__traceback__
    print(tb.tb_lineno, tb.tb_frame.f_code.co_name, tb.tb_next)
def depth():
    try: inner()
    except ValueError as e: return [t for t in walk(e.__traceback__)]
def inner(): raise ValueError
def walk(tb):
    while tb: yield tb.tb_frame.f_code.co_name; tb = tb.tb_next
print(depth())
