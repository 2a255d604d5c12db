import weakref
from lib_leaks import check


class Plain:
    def __init__(self, value=None):
        self.value = value
        self.other = [value]

    def method(self):
        return self

    @property
    def prop(self):
        return self.method

    @classmethod
    def build(cls):
        return cls()


class Slotted:
    __slots__ = ('value', '__weakref__')

    def __init__(self):
        self.value = [self.__class__]


class Finalized(Plain):
    def __del__(self):
        self.value = None


class Many:
    def __init__(self):
        for i in range(40):
            setattr(self, f'a{i}', i)


class MyList(list):
    pass


class MyDict(dict):
    def __missing__(self, key):
        return [key]


def cycle():
    a = Plain()
    a.value = Plain(a)


def finalized_cycle():
    a = Finalized()
    a.value = [a]


def list_cycle():
    a = []
    a.append(a)


def weak():
    a = Plain()
    callbacks = []
    r = weakref.ref(a, callbacks.append)
    p = weakref.proxy(a)
    d = weakref.WeakKeyDictionary({a: 1})
    return p.value, len(d), r()


def weak_dead():
    return weakref.ref(Slotted())() is None, weakref.finalize(Plain(), list)


def dict_taken():
    a = Plain()
    a.__dict__['x'] = a
    a.__dict__ = {}


check('instance', Plain)
check('slots', Slotted)
check('many attributes', Many, 2000)
check('deleted attributes', lambda: (p := Plain(), delattr(p, 'value'), delattr(p, 'other')))
check('changed class', lambda: setattr(Plain(), '__class__', Finalized))
check('dict of an instance', dict_taken)
check('subclass of list', lambda: MyList([MyList()]))
check('subclass of dict', lambda: MyDict(a=1)['b'])
check('finalizer', Finalized)
check('bound method', lambda: Plain().method().prop().build().method)
check('super', lambda: super(Finalized, Finalized()).method())
check('cycle', cycle)
check('cycle with a finalizer', finalized_cycle)
check('cycle of a list', list_cycle)
check('weakref', weak, 3000)
check('dead weakref', weak_dead, 3000)
