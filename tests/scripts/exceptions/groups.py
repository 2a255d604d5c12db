eg = ExceptionGroup('top', [ValueError(1), TypeError('t'), ExceptionGroup('nested', [ValueError(2), KeyError('k')])])
try:
    try: raise eg
    except* ValueError as e: print('values', e.exceptions, e.message)
    except* TypeError as e: print('types', repr(e))
except ExceptionGroup as rest: print('rest', repr(rest))
print(eg.split(ValueError))
print(eg.subgroup(lambda e: isinstance(e, KeyError)))
try:
    try: raise ValueError('naked')
    except* ValueError as e: print(repr(e))
except Exception as e: print('never')
try:
    try: raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
    except* ValueError: raise RuntimeError('new')
except ExceptionGroup as e: print(repr(e), [repr(x.__context__) for x in e.exceptions if isinstance(x, RuntimeError)])
def f():
    try: pass
    except* ValueError: print('not run')
    else: print('else')
    finally: print('finally')
f()
for args in (('x', []), ('x', [1]), (1, [ValueError()]), ('x', 5)):
    try: ExceptionGroup(*args)
    except (TypeError, ValueError) as e: print(e)
print(type(BaseExceptionGroup('b', [KeyboardInterrupt()])).__name__, type(BaseExceptionGroup('b', [ValueError()])).__name__)
try: ExceptionGroup('b', [KeyboardInterrupt()])
except TypeError as e: print(e)
try:
    try: raise ExceptionGroup('g', [ValueError()])
    except* ExceptionGroup: pass
except TypeError as e: print(e)
