class Plugin:
    registry = {}
    def __init_subclass__(cls, /, key=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry[key or cls.__name__] = cls
    def __class_getitem__(cls, item): return f'{cls.__name__}[{item}]'
class One(Plugin): pass
class Two(Plugin, key='second'): pass
print(sorted(Plugin.registry), One['x'], Plugin[int])
try:
    class Three(Plugin, nope=1): pass
except TypeError as e:
    print(e)
try:
    class Four(nope=1): pass
except TypeError as e:
    print(e)
