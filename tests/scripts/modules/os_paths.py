# A class that says that it is no path; descriptors that children do not inherit.
import os


class NoPath:
    __fspath__ = None


for function in os.fspath, os.stat, open:
    try:
        function(NoPath())
    except TypeError as error:
        print(error)
fd = os.timerfd_create(0, flags=os.TFD_NONBLOCK)
print(os.get_inheritable(fd), os.get_blocking(fd))
