ns = {'x': 2}
print(eval('x * 3', ns), exec('y = x + 1', ns), ns['y'], eval(compile('1 + 1', 'f', 'eval')), eval('[i * x for i in range(3)]', ns))
code = compile('a = 1\nb = a + 1\n', 'file.py', 'exec')
exec(code); print(a, b, code.co_filename, code.co_names, code.co_consts[:2])
exec(compile('1 + 1; "shown"', 'f', 'single'))
local = {}
exec('z = 5\ndef f(): return z', {}, local); print(sorted(local))
try: local['f']()
except NameError as e: print(e)
class M(dict):
    def __missing__(self, k): return k.upper()
print(eval('foo + bar', {}, M()))
for e in ('eval("1 1")', 'eval(5)', 'exec("x", 5)', 'compile("x", "f", "bad")', 'eval("x", {"__builtins__": {}})', 'compile(5, "f", "exec")', 'eval("import os")', 'exec("return")', 'eval("")'):
    try: print(eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
print(eval('__name__'), eval("__import__('math').pi"), [eval('i') for i in range(2)])
import ast
print(ast.dump(ast.parse('x = 1 + y')), ast.literal_eval("{'a': [1, (2, None)]}"), ast.unparse(ast.parse('if a:\n  b(c, *d)\nelse: e = lambda x: x')))
