a = b = c = []
a.append(1)
print(b is c, c)
(x, y), [z, *w] = (1, 2), 'hello'
print(x, y, z, w)
*head, tail = range(5)
print(head, tail)
first, *middle, last = 'ab'
print(first, middle, last)
values = [0] * 4
i = 0
i, values[i] = 2, 'set'
print(i, values)
values[1:3] = 'abc'
print(values)
class Box: pass
box = Box()
box.n, box.m = 1, 2
box.n += 5
print(box.n, box.m)
x: int = 3
y: 'not evaluated'
print(x)
def f():
    local: undefined_name = 1
    return local
print(f())
try:
    a, b = 1, 2, 3
except ValueError as e:
    print(e)
try:
    a, b, c = 1, 2
except ValueError as e:
    print(e)
try:
    a, *b, c = [1]
except ValueError as e:
    print(e)
try:
    a, b = 5
except TypeError as e:
    print(e)
