sources = [
    'if x = 1: pass', 'print "hello"', 'print x', 'exec "x"', 'return 1', 'yield 1', 'x = yield = 1', 'def f(a, a): pass', 'break', 'continue',
    'for x in range(3) print(x)', 'while True print(1)', 'class A\n  pass', 'def f(:\n pass', 'else: pass', 'f(a=1, 2)', 'f(**k, *a)', 'f(a for a in b, c)',
    '1 = x', 'f() = 1', 'None = 1', 'a + 1 = 2', '(a, 1) = 2', 'x := 1', '[x for x in y', '(1, 2]', '}', ')', '"abc', "'''abc", 'f"{x"', 'f"{}"', 'f"{x!z}"', 'f"}"',
    'a b', '1 2', '[1 2]', '{1: 2 3: 4}', '{1: }', '{1:2, 3}', 'x = (1,\n2', 'import a.b as', 'from x import', 'from . import *; def f(): from x import *', 'def f():\n from x import *',
    'global x\nx = 1', 'x = 1\nglobal x', 'def f():\n x = 1\n global x', 'def f():\n nonlocal x', 'nonlocal x', 'def f(x):\n global x', 'lambda: (yield)\nawait x', 'async x', 'async def f():\n  yield from x',
    'try: pass', 'try: pass\nexcept: pass\nexcept ValueError: pass', 'try: pass\nexcept* A: pass\nexcept B: pass', 'with open(x) as 1: pass', 'for 1 in x: pass', 'del f()', 'del 1', 'a, b += 1',
    'def f(a=1, b): pass', 'def f(*): pass', 'def f(*, **k): pass', 'def f(a, /, b, /): pass', 'def f(**k, a): pass', 'f(x=1, x=2)', 'f(1=2)', 'f(True=1)', 'class A: return 1', '@\ndef f(): pass',
    '0777', '1__0', '1_', '0b12', '0xg', '1e', '1.5j2', '0o8', '5a', '1if 2else 3', 'a$b', 'a?b', '“x”', 'x\u00a0= 1', '\\ x', 'a = 1 +', 'a = ', 'not', 'a not b', 'is', 'a is', 'x ++ ', 'x--', 'a => b', 'a <> b', 'a && b', 'a || b', '!a', 'a === b', 'x++',
    'if x:\n\ty\n        z', 'if x:\n    a\n  b', '  x = 1', 'x = 1\n  y = 2', 'def f():\nreturn 1', 'for x in y:\nz', 'match x:\n  case 1: pass\n  case y: pass\n  case 2: pass', 'match x:\n  case a | b: pass', 'match x:\n  case {**r, 1: 2}: pass', 'match x:\n  case [*a, *b]: pass', 'match x:\n  case (a, a): pass', 'match x:\ncase 1: pass',
    'type X = yield', 'def f[T, T](): pass', 'class A[T]: x = (yield)', '*a', '*a = 1', 'print(*)', 'a = *b', '**a', 'x = **y', '(*a)', '[*a for a in b]', '{**a for a in b}', 'True = 1', '__debug__ = 1', 'def __debug__(): pass', 'x.None = 1', 'import None', 'from __future__ import nope', 'x = 1\nfrom __future__ import annotations',
    'whille x:\n pass', 'fro x in y: pass', 'form x import y', 'clas A: pass', 'deff f(): pass', 'retrun x', 'if x: pass\nelseif y: pass', 'impotr os', 'whit x: pass', 'a = 5 if b', 'a = if b else c', 'assert x = 1', 'lambda x=: 1', 'raise x from', 'x[1', 'x[1 2]', 'a[]', 'def f(a:): pass', 'b"é"', 'u"a" b"b"', '"\\N{nope}"', '"\\x1"', '"\\u12"', 'a.1', 'a..b', 'a = b c', 'x: int: str', '(x): int, y = 1', 'x, y: int = 1', 'with x as y, : pass', 'except: pass', 'finally: pass', 'async with x: pass', 'async for x in y: pass', '[await x for x in y]', 'def f(): await x', 'def f(): [x async for x in y]', '@x y\ndef f(): pass', 'import a, ', 'from a import (b', 'from a import b,', 'pass x', 'pass pass', ';', 'a;;b', 'if x: if y: pass', 'def f(x): "doc" 1', 'x = "a" "b', '(a b)', 'f(a b)', 'f(a, b c)', '{a b}', 'f(a := 1, b := )', '(yield) = 1', 'x = [a, b := 1, c = 2]', 'dict(a: 1)', 'a ? b : c', 'new A()', 'var x = 1', 'function f() {}', 'i = i++ + 1',
]
for source in sources:
    try:
        compile(source, 'file.py', 'exec')
        print(repr(source), 'is fine')
    except SyntaxError as e:
        print(repr(source), '->', type(e).__name__, e.msg, (e.lineno, e.offset, e.end_lineno, e.end_offset))
