import io, sys, threading
def fail(): raise ValueError('in a thread')
real, sys.stderr = sys.stderr, io.StringIO()
t = threading.Thread(target=fail, name='worker'); t.start(); t.join()
lines = sys.stderr.getvalue().splitlines(); sys.stderr = real
print(lines[0], lines[1], *lines[-3:], sep='\n')
def leave(): sys.exit('silently')
t = threading.Thread(target=leave); t.start(); t.join(); print('main goes on')
