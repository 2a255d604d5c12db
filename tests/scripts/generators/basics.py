def g(n):
    print('start')
    for i in range(n):
        got = yield i
        print('got', got)
    return 'done'
it = g(3)
print(type(it).__name__, it.__name__, it.gi_running, it.gi_frame is not None)
print(next(it), it.send('hi'), next(it))
try: next(it)
except StopIteration as e: print('stop', e.value)
print(it.gi_frame, list(it))
try: g(1).send('early')
except TypeError as e: print(e)
def throwing():
    while True:
        try: yield 'y'
        except ValueError as e: print('inside', e)
t = throwing()
next(t)
print(t.throw(ValueError('v')))
try: t.throw(KeyError('k'))
except KeyError as e: print('out', e)
def closing():
    try: yield 1
    finally: print('closed')
c = closing(); next(c); c.close(); c.close()
c = closing(); c.close()
def stubborn():
    try: yield 1
    except GeneratorExit: yield 2
s = stubborn(); next(s)
try: s.close()
except RuntimeError as e: print(e)
def stops():
    yield 1
    raise StopIteration('inner')
try: list(stops())
except RuntimeError as e: print(e, repr(e.__cause__))
def again():
    yield next(me)
me = again()
try: next(me)
except ValueError as e: print(e)
def returns_close():
    try: yield
    except GeneratorExit: return 'value'
r = returns_close(); next(r); print(r.close())
