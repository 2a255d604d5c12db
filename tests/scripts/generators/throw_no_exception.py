"""Throwing what is no exception, or cannot be made: the error is thrown in its stead."""


class NotMade(Exception):
    def __new__(cls, *args):
        return cls


class Fails(Exception):
    def __init__(self, *args):
        raise ValueError('in __init__')


def gen():
    try:
        yield 1
    except Exception as e:
        print(type(e).__name__, e)
        yield 2


for thrown in (NotMade, Fails):
    g = gen()
    next(g)
    print(g.throw(thrown))

g = gen()
try:
    g.throw(NotMade)
except TypeError as e:
    print(e)
print(next(g, 'ended'))
for bad in (1, int, 'x'):
    g = gen()
    next(g)
    try:
        g.throw(bad)
    except TypeError as e:
        print(e)
