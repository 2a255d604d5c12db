def f():
    return lenght

f()
