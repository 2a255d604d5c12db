"""pluggy: hooks."""

import pluggy

spec, impl = pluggy.HookspecMarker('p'), pluggy.HookimplMarker('p')


class Spec:
    @spec
    def change(self, value):
        """All results."""

    @spec(firstresult=True)
    def first(self, value):
        """The first result."""


class One:
    @impl
    def change(self, value):
        return value + 1

    @impl(trylast=True)
    def first(self, value):
        return 'one'


class Two:
    @impl(wrapper=True)
    def change(self, value):
        results = yield
        return [*results, 'wrapped']

    @impl
    def first(self, value):
        return 'two'


manager = pluggy.PluginManager('p')
manager.add_hookspecs(Spec)
print(manager.register(One(), 'one'), manager.register(Two(), 'two'))
print(manager.hook.change(value=1), manager.hook.first(value=1))
manager.unregister(name='two')
print(manager.hook.change(value=1), manager.hook.first(value=1))
try:
    manager.hook.change(1)
except TypeError as error:
    print(error)
