"""close() of suspended generators: those that would see the exception, and those that end at once."""
log=[]
class D:
    def __init__(s,n): s.n=n
    def __del__(s): log.append(s.n)
def a():
    x=D('x')
    yield 1
    yield 2
def b():
    try:
        yield 1
    finally:
        log.append('fin')
def c():
    try:
        yield 1
    except GeneratorExit:
        log.append('ge'); raise
def d():
    try: pass
    finally: log.append('d')
    yield 1
def e():
    with open('/dev/null'):
        yield 1
def f():
    for i in a(): yield i
def g():
    yield from a()
def h():
    try:
        yield 1
    except ValueError:
        pass
for fn in a,b,c,d,e,f,g,h:
    it=fn(); next(it); it.close(); print(fn.__name__, log, it.gi_frame, it.gi_running); log.clear()
    it=fn(); next(it); del it; print(log); log.clear()
    it=fn(); it.close(); print(log, list(it)); log.clear()
print(any(x for x in [0,1,2]))
