import sys
saved = []
class R:
    def __del__(self): print('finalizing'); saved.append(self)
R(); print(len(saved)); saved.clear(); print('gone without a second __del__')
class E:
    def __del__(self): raise ValueError('in del')
hook = sys.unraisablehook
def quiet(info): print('unraisable', type(info.exc_value).__name__, info.exc_value, info.object is None)
sys.unraisablehook = quiet
E(); print('goes on')
class G:
    def __del__(self): print(sys.exception())
try: 1/0
except ZeroDivisionError: G()
def gen():
    try: yield 1
    finally: print('generator closed')
g = gen(); next(g); del g; print('after')
g = gen(); next(g); g = None
class Slots:
    __slots__ = ('a',)
    def __del__(self): print('slots', self.a)
s = Slots(); s.a = 1; del s
class Sub(list):
    def __del__(self): print('sublist', len(self))
Sub([1, 2])
