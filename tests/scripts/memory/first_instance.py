# The first instance of a class is made once: its finalizer runs when it dies, and not before `__init__`.
import gc


class Plain:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        print('finalized', self.__dict__)


class Circular(Plain):
    def __init__(self, number):
        self.number = number
        self.me = self

    def __del__(self):
        print('finalized', self.number, gc.is_finalized(self))


for number in range(2):
    Plain(number)
for number in range(2):
    Circular(number)
print('collect')
gc.collect()


class Failing:
    def __init__(self, depth):
        Failing(depth + 1) if depth < 2 else 1 / 0

    def __del__(self):
        deaths.append(self)


deaths = []
try:
    Failing(0)
except ZeroDivisionError as error:
    error.__traceback__ = None
print(len(deaths))
