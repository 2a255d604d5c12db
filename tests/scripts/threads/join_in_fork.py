"""In the child of a fork all other threads have ended, the main thread too, and can be joined."""
import os
import threading
import warnings

warnings.simplefilter('ignore')
main = threading.main_thread()
stop = threading.Event()
other = threading.Thread(target=stop.wait)
other.start()


def fork():
    pid = os.fork()
    if pid == 0:
        main.join()
        other.join()
        print(main.is_alive(), other.is_alive(), threading.main_thread() is threading.current_thread(), flush=True)
        later = threading.Thread(target=main.join)
        later.start()
        later.join()
        print('joined', flush=True)
        os._exit(0)
    print(os.waitpid(pid, 0)[1], flush=True)


forking = threading.Thread(target=fork)
forking.start()
forking.join()
stop.set()
other.join()
