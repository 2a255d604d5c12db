"""_thread._excepthook writes to sys.stderr, or where that is None, to what it was when the thread was made."""
import sys
import threading
import _thread


class Stream:
    def __init__(self, name):
        self.name = name

    def write(self, text):
        if not text.startswith('  File'):
            print(self.name, 'ident' if text.isdigit() else repr(text))

    def flush(self):
        print(self.name, 'flush')


class Thread:
    def __init__(self, stderr, name='worker'):
        self._stderr = stderr
        self.name = name


def call(thread, *exception):
    _thread._excepthook(threading.ExceptHookArgs((*exception, thread)))


try:
    1 / 0
except ZeroDivisionError as e:
    error = ZeroDivisionError, e.with_traceback(None), None

original = sys.stderr
for stderr in Stream('sys'), None:
    sys.stderr = stderr
    sys.__stderr__ = None
    call(Thread(Stream('own')), *error)
    call(Thread(None), *error)
    call(Thread(Stream('own'), 3), ValueError, None, None)
    call(Thread(Stream('own')), SystemExit, None, None)
    if stderr is None:
        call(None, *error)
    try:
        call(7, *error)
    except AttributeError as e:
        print(e)

print(*(line for line in __import__('subprocess').run([sys.executable, '-c', '''
import _thread
class Interrupts:
    def __del__(self):
        _thread.interrupt_main()
x = Interrupts()
'''], stderr=-1, text=True).stderr.splitlines() if not line.startswith(' ')), sep='\n')
