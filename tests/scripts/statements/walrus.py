if (n := len('hello')) > 3:
    print(n)
print([y := 1, y ** 2, y + 2])
data = iter([3, 1, 0, 5])
while (item := next(data)):
    print(item)
print([last := i for i in range(3)], last)
def f():
    return [z for i in range(5) if (z := i * 2) > 2], z
print(f())
print(any((witness := x) > 2 for x in (1, 2, 3, 4)), witness)
print((lambda: (k := 3) + k)())
print(f'{(w := 7)}', w)
