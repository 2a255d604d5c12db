counter = 0
def bump():
    global counter, fresh
    counter += 1
    fresh = 'made'
bump(); bump()
print(counter, fresh)
def outer():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def get():
        return n
    return up, get
up, get = outer()
up(); up()
print(get())
def deep():
    v = 'deep'
    def a():
        def b():
            nonlocal v
            v += '!'
        b()
    a()
    return v
print(deep())
class K:
    global in_class
    in_class = 5
    x = in_class
print(in_class, K.x)
