def a(x):
    return b(x) + 1
def b(y):
    return [c(z) for z in y][0]
def c(v):
    try:
        return 10 / v
    except ZeroDivisionError as e:
        raise ValueError('bad value', v) from e
print('before')
a([0])
