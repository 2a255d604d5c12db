for n, s in ((50, '(' * 50 + ')' * 50), (250, '(' * 250 + ')' * 250), (100000, '[' * 100000)):
    try:
        compile(s, 'x', 'exec')
        print(n, 'fine')
    except (SyntaxError, RecursionError, MemoryError) as e:
        print(n, type(e).__name__, e.msg if isinstance(e, SyntaxError) else '')
try: compile('-' * 100000 + '1', 'x', 'eval')
except (SyntaxError, RecursionError, MemoryError) as e: print(type(e).__name__ in ('SyntaxError', 'RecursionError', 'MemoryError'))
print(len(str(eval('+'.join(['1'] * 3000)))))
