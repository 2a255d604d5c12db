"""Every object counts the references to it, and dies when the count reaches zero.

Run:   ungil programs/refcounts.py
See:   the count rises with every name, container or argument that holds the object, and falls when one lets
       go; the object dies at that very moment, not later.
Try:   keep one more name for the object, and look when it dies then.
"""
import sys


class Guest:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print(f'    {self.name} is gone')


def count(thing):
    # The call itself holds references: the argument of getrefcount, and the parameter here.
    return sys.getrefcount(thing) - base


probe = Guest('the probe')
base = 0
base = count(probe) - 1
del probe

guest = Guest('Ada')
print('one name:', count(guest))
also = guest
print('two names:', count(guest))
room = [guest, guest]
print('and twice in a list:', count(guest))
room.pop()
print('once taken out of it:', count(guest))
del also
room.clear()
print('one name again:', count(guest))
print('the last name goes:')
del guest
print('and the next line runs after that')

print('two that hold each other keep their counts above zero:')
import gc

gc.disable()
a, b = Guest('Castor'), Guest('Pollux')
a.friend, b.friend = b, a
del a, b
print('    nobody is gone yet; the cycle collector finds them:')
print('    collected something:', gc.collect() > 0)
