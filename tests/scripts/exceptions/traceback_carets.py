import traceback
def show(source):
    try: exec(compile(source, 'none', 'exec'), {'d': {'a': [1]}, 'f': lambda *a, **k: k['x']['y']['z'], 'n': None})
    except Exception:
        pass
def one(): return (1 + 2) * 'a' / 3
def two(): return foo.bar.baz
def three(): x = {'a': {'b': 1}}; return x['a']['c']['d']
def four(): return len(1)(2)
def five(a, b): return a.x + b.y
def six():
    return max(
        1,
        None,
    )
def seven(): assert 1 == 2, 'seven'
def eight(): return -'x'
def nine(): return [i for i in range(3) if i.real.nope]
def ten(): raise ValueError('ten' * 3)
def eleven(): (yield) ; 1 < 'x'
def twelve(): a, b = 1, 2; return a + b + (a if a else b) @ b
class A:
    def __getitem__(self, i): return i.q
def thirteen(): return A()[1:2, 3]
def fourteen(): return 'é' + 'ü' + 1
def fifteen(): import nothing_here
def sixteen(): from os import nothing_here
def seventeen(): 1 if A else 2; del n
def eighteen(): return f'{1 + 1} {undefined!r}'
def nineteen(): lambda: 1; return (lambda x: x.y)(3)
import os
for f in (one, two, three, four, lambda: five(1, 2), six, seven, eight, nine, ten, lambda: list(eleven()), twelve, thirteen,
          fourteen, fifteen, seventeen, eighteen, nineteen):
    try: f()
    except Exception as e:
        lines = traceback.format_exception(e)
        print(''.join(lines).replace(os.path.dirname(os.path.abspath(__file__)) + os.sep, ''))
