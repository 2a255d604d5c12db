"""What a failed expression has computed so far dies in its own frame, before the frame ends."""

import sys


class D:
    def __init__(self,n): self.n=n
    def __del__(self): print('del', self.n, sys._getframe(1).f_code.co_name, sys.exception())
    def __add__(self, o): raise ValueError('add')
def f():
    return (D(1), D(2) + 1, D(3))
def g():
    x = D('local')
    for i in [D('item')]:
        return [D('in list'), i, 1/0]
def h():
    yield [D('gen'), 1/0]
for fn in f, g, lambda: list(h()):
    try: fn()
    except Exception as e: print(type(e)); del e
