def show(n):
    print('eval', n)
    return n
print(show(1) < show(2) < show(3))
print(show(3) < show(2) < show(1))
print(1 == 1.0 == True)
print(1 in [1] in [[1]])
print(None is None is not 1)
print('a' < 'b' <= 'b' != 'c')
try:
    1 < 'a'
except TypeError as e:
    print(e)
try:
    [] >= ()
except TypeError as e:
    print(e)
try:
    1 in 5
except TypeError as e:
    print(e)
