import sys, atexit
atexit.register(print, 'atexit runs')
try:
    sys.exit(3)
finally:
    print('finally runs')
