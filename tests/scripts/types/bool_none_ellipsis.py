print(True, False, None, ..., NotImplemented, type(None).__name__, type(...).__name__)
print(bool(''), bool('a'), bool(0.0), bool([]), bool({}), bool(None), bool(...), True is True, True == 1, {True: 'a', 1: 'b', 1.0: 'c'})
print(True + 1, True * 3.5, ~True if False else 'skip', int(True), str(False), repr(True), f'{True:d} {True!s:>6} {False:>3}')
print(isinstance(True, int), issubclass(bool, int), True & 1, True and 0, (True | False) is True, True ^ True, not None)
print([] or None, None or [], 0 or '' or (), 1 and 2 and 3, None is None)
class B:
    def __bool__(self): return 1
try: bool(B())
except TypeError as e: print(e)
class L:
    def __len__(self): return -1
try: bool(L())
except ValueError as e: print(e)
try: bool(NotImplemented)
except TypeError as e: print(e)
try:
    class C(bool): pass
except TypeError as e: print(e)
try: None()
except TypeError as e: print(e)
try: None[0]
except TypeError as e: print(e)
try: None + 1
except TypeError as e: print(e)
print(type(None)(), type(...)())
