print('sibling runs as', __name__)
value = 42
_private = 1
def delay(n): return n * 2
