try:
    compile('x = 1\ny = (2,\nz = 3', 'some.py', 'exec')
except SyntaxError as e:
    print(e.filename, e.lineno, e.offset, e.end_lineno, e.end_offset, repr(e.text), e.msg, e.args)
    print(e)
import traceback
for s in ('if x\n  pass', 'a = "é" b', 'f(a b)', '\tx = = 1', 'x = (1\n' + 'y' * 90 + ' = 2', 'def f():\n    return\n   x', 'print(a, b c)', 'é = 1 2'):
    try: compile(s, 'some.py', 'exec')
    except SyntaxError as e: print(''.join(traceback.format_exception_only(e)))
for s in ('x = 1\0', b'\xff = 1', b'# coding: nope\n', '\ud800'):
    try: compile(s, 'some.py', 'exec'); print('fine')
    except (SyntaxError, UnicodeError, ValueError) as e: print(type(e).__name__, e)
try: eval('x = 1')
except SyntaxError as e: print(e.msg, e.offset)
try: eval('')
except SyntaxError as e: print(e.msg, e.lineno, e.offset)
try: eval('1 +')
except SyntaxError as e: print(e.msg)
print(eval('  1 + 1 \n'))
