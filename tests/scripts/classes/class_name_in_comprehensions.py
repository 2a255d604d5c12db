# What a class's comprehensions and the functions in them see under the name `__class__`.
try:
    class Bound:
        __class__ = 2
        res = [__class__ for x in [1]]
except NameError as e:
    print(e)

try:
    class Nested:
        res = [(lambda: __class__)() for x in [1]]
except NameError as e:
    print(e)


class Later:
    res = [lambda: __class__ for x in [1]]


print(Later.res[0]() is Later)
