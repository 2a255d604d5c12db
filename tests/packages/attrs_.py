"""attrs: classes from declarations."""

import attr
import attrs


@attrs.define
class Point:
    x: int = attrs.field(validator=attrs.validators.instance_of(int))
    y: list = attrs.field(factory=list)


print(Point(1), Point(1) == Point(1), attrs.asdict(Point(2, [1])), attrs.evolve(Point(1), x=5))
try:
    Point('a')
except TypeError as error:
    print(error.args[0])
try:
    Point(1).z = 1
except AttributeError as error:
    print(error)


@attr.s(frozen=True, order=True)
class Pair:
    a = attr.ib()
    b = attr.ib(default=3, converter=int)


print(Pair(1, '4'), Pair(1) < Pair(2), hash(Pair(1)) == hash(Pair(1)), [a.name for a in attr.fields(Pair)])
try:
    Pair(1).a = 2
except attr.exceptions.FrozenInstanceError as error:
    print(repr(error))
