"""Assigning to __bases__ while mro() of the metaclass assigns to it, too."""

ready = False
acts = {}


class M(type):
    def mro(cls):
        if ready and cls.__name__ in acts:
            acts[cls.__name__]()
        return type.mro(cls)


class A(metaclass=M): pass
class B1(A): pass
class B2(A): pass
class C(A): pass


def assign(cls, bases):
    cls.__bases__ = bases


ready = True
acts = {'B1': lambda: assign(B2, (B1,)), 'B2': lambda: assign(B1, (B2,))}
try:
    B1.__bases__ += ()
except TypeError as e:
    print(e)
print(B1.__bases__, B2.__bases__)


def once():
    acts.clear()
    C.__bases__ = (B2,)


acts = {'C': once}
C.__bases__ = (B1,)
B1.__bases__ = (C,)
print(C.__bases__, B2.__subclasses__(), B1.__subclasses__(), B1.__bases__, C.__subclasses__())


class Incomplete(type):
    def mro(cls):
        if cls.__mro__ is None and cls.__name__ != 'X':
            try:
                class X(cls):
                    pass
            except TypeError as e:
                print(e)
        return type.mro(cls)


class D(metaclass=Incomplete): pass
print(D.__mro__)
