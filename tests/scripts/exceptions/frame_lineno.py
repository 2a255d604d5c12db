"""f_lineno of a frame that an exception left: where it was raised first."""


def in_finally():
    try:
        1 / 0
    finally:
        x = 1
        y = 2


def in_named():
    try:
        1 / 0
    except TypeError as e:
        pass


def in_with():
    class Context:
        def __enter__(self): pass
        def __exit__(self, *args): return False
    with Context():
        1 / 0


def in_handler():
    try:
        try:
            1 / 0
        except ZeroDivisionError as e:
            raise ValueError from e
    except TypeError:
        pass


for f in (in_finally, in_named, in_with, in_handler):
    try:
        f()
    except Exception as e:
        tb = e.__traceback__
        while tb.tb_next:
            tb = tb.tb_next
        print(f.__name__, tb.tb_frame.f_lineno - f.__code__.co_firstlineno, tb.tb_lineno - f.__code__.co_firstlineno)
