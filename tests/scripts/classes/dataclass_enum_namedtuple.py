from dataclasses import dataclass, field, replace, asdict, astuple, FrozenInstanceError
from enum import Enum, IntEnum, Flag, auto
from collections import namedtuple
from typing import NamedTuple
@dataclass(order=True)
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False)
print(P(1), P(1) == P(1), P(1) < P(2), replace(P(1), y=5), asdict(P(1, 2)), astuple(P(3)))
@dataclass(frozen=True, slots=True)
class F: a: int
try: F(1).a = 2
except FrozenInstanceError as e: print(e)
print(hash(F(1)) == hash(F(1)), F.__match_args__)
class Color(Enum):
    RED = 1
    GREEN = auto()
    CRIMSON = 1
print(Color.RED, repr(Color.GREEN), Color(2), Color['RED'], list(Color), Color.CRIMSON is Color.RED)
try: Color(9)
except ValueError as e: print(e)
class N(IntEnum): ONE = 1
print(N.ONE + 1, N.ONE)
class Perm(Flag): R = auto(); W = auto()
print(Perm.R | Perm.W, Perm.R in (Perm.R | Perm.W), ~Perm.R)
T = namedtuple('T', 'a b', defaults=[5])
t = T(1)
print(t, t.a, t._replace(b=2), t._asdict(), T._fields, *t)
class NT(NamedTuple):
    n: str
    v: int = 3
print(NT('x'), NT('x').v)
try: T()
except TypeError as e: print(e)
