x = 1
if x is 1: print('same')
print("\d", "\8")
assert (x, 'message')
def f():
    try: return 1
    finally: return 2
print(f(), 1if x else 2)
