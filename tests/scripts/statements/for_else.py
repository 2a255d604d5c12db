for n in range(2, 20):
    for d in range(2, n):
        if n % d == 0:
            break
    else:
        print(n, end=' ')
print()
for x in []:
    pass
else:
    print('an empty loop runs its else')
for i, (a, *rest) in enumerate([(1, 2, 3), 'xyz', [7]]):
    print(i, a, rest)
for target in [[0]]:
    pass
print(target)
d = {}
for d['k'] in range(3):
    print(d)
