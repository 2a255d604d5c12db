"""A module begins at line 0: a trace function sees it there, and where nothing follows that is a line to stop at."""

import sys


def trace(frame, event, arg):
    print(event, frame.f_lineno)
    return trace


for source in '', '# only a comment\n', 'pass', '\n\nx = 1\n':
    print(repr(source))
    code = compile(source, 'source', 'exec')
    sys.settrace(trace)
    exec(code)
    sys.settrace(None)
