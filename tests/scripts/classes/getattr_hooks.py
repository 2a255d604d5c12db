class G:
    def __init__(self): self.real = 1
    def __getattr__(self, name):
        if name.startswith('x'): return f'made {name}'
        raise AttributeError(f'no {name}')
    def __setattr__(self, name, value):
        print('setattr', name); super().__setattr__(name, value)
    def __delattr__(self, name):
        print('delattr', name); object.__delattr__(self, name)
    def __dir__(self): return ['b', 'a']
g = G()
print(g.real, g.xyz, hasattr(g, 'q'), dir(g))
g.new = 2
del g.new
try: g.q
except AttributeError as e: print(e)
class All:
    def __getattribute__(self, name):
        if name == 'secret': raise AttributeError('hidden')
        return f'all {name}'
    def __getattr__(self, name): return 'fallback ' + name
print(All().anything, All().secret, All().__class__)
class Items:
    def __getitem__(self, k): return ('get', k)
    def __setitem__(self, k, v): print('set', k, v)
    def __delitem__(self, k): print('del', k)
    def __contains__(self, k): return k == 'in'
    def __len__(self): return 3
i = Items()
print(i[1], i[1:2], i[::2, ...], i[()], 'in' in i, len(i))
i[0] = 1
del i['k']
print(bool(i))
