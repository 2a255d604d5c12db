from dataclasses import dataclass

@dataclass
class Point:
    x: int
    y: int

class Manual:
    __match_args__ = ('a', 'b')
    def __init__(self, a, b): self.a, self.b = a, b

def what(v):
    match v:
        case {'kind': 'move', 'to': Point(x=0, y=y)}: return f'move to the edge at {y}'
        case {'kind': str(k), **rest}: return f'{k} with {rest}'
        case {}: return 'some mapping'
        case Point(0, 0): return 'origin'
        case Point(x, y) if x == y: return f'diagonal {x}'
        case Point(): return 'a point'
        case Manual(1, b=[*items]): return f'manual {items}'
        case Manual(a): return f'manual a={a}'
        case int(n) | float(n) if n > 100: return f'big {n}'
        case int() | float(): return 'number'
        case [Point(x=px), str() as s] as whole: return f'{px} {s} {len(whole)}'
        case _: return 'nothing'
for v in ({'kind': 'move', 'to': Point(0, 4)}, {'kind': 'go', 'n': 1}, {'z': 1}, Point(0, 0), Point(3, 3),
          Point(1, 2), Manual(1, (4, 5)), Manual('q', 0), 500, 2.5, [Point(8, 9), 'p'], object):
    print(what(v))
class Color:
    RED = 'r'
match 'r':
    case Color.RED: print('by value')
match [1, [2, [3, 4]]]:
    case [a, [b, [c, d]]]: print(a, b, c, d)
match {1: 'a', 2: 'b'}:
    case {1: x, 2: y}: print(x, y)
try:
    match 1:
        case int(1, 2): pass
except TypeError as e:
    print(e)
match = case = 1
print(match + case)
