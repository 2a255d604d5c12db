def f():
    try: 1/0
    except ZeroDivisionError as e: raise ValueError('second') from e
try: f()
except ValueError as e: print(repr(e), repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
try:
    try: {}['k']
    except KeyError: int('x')
except ValueError as e: print(repr(e.__context__), e.__cause__)
try:
    try: 1/0
    except ZeroDivisionError: raise KeyError('q') from None
except KeyError as e: print(e.__suppress_context__, repr(e.__context__))
try: raise ValueError from 5
except TypeError as e: print(e)
try: raise 5
except TypeError as e: print(e)
try: raise
except RuntimeError as e: print(e)
try: raise ValueError
except ValueError as e: print(repr(e), e.args)
def reraise():
    try: 1/0
    except ZeroDivisionError:
        try: raise
        except ZeroDivisionError as e: return e.__context__
print(reraise())
class C(Exception):
    def __init__(self, a, b): super().__init__(a); self.b = b
try: raise C(1, b=2)
except C as e: print(e, e.b, e.args)
e = ValueError('noted'); e.add_note('one'); e.add_note('two')
print(e.__notes__)
try: e.add_note(5)
except TypeError as x: print(x)
print(ValueError(1, 2), repr(ValueError(1, 2)), str(KeyError('k')), str(ValueError()), OSError(2, 'msg', 'file'))
try: open('/no/such/file')
except FileNotFoundError as e: print(e, e.errno, e.filename, isinstance(e, OSError))
try: BaseException.__new__(int)
except TypeError as x: print(x)
try:
    try: pass
    except 5: pass
    raise KeyError
except (ValueError, KeyError) as e: print(type(e))
try:
    try: raise ValueError
    except 5: pass
except TypeError as e: print(e)
