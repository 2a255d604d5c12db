from abc import ABC, abstractmethod
import collections.abc as c
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
try: Shape()
except TypeError as e: print(e)
class Half(Shape):
    def area(self): return 1
try: Half()
except TypeError as e: print(e)
class Full(Half):
    name = 'full'
print(Full().area(), Full().name)
@Shape.register
class Virtual: pass
print(isinstance(Virtual(), Shape), issubclass(Virtual, Shape), Virtual.__mro__)
class Sized:
    def __len__(self): return 0
print(isinstance(Sized(), c.Sized), isinstance([], c.Sequence), isinstance({}, c.MutableMapping), isinstance('', c.Iterable))
class MySeq(c.Sequence):
    def __getitem__(self, i): return 'abc'[i]
    def __len__(self): return 3
s = MySeq()
print(list(s), 'b' in s, s.index('c'), list(reversed(s)), s.count('a'))
