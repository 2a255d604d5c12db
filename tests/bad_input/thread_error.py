import threading
t = threading.Thread(target=lambda: 1/0, name="T")
threading.excepthook = lambda a: print(a.exc_type.__name__, a.thread.name)
t.start()
t.join()
