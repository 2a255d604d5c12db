def search(items, wanted):
    i = 0
    while i < len(items):
        if items[i] == wanted:
            print('found', wanted, 'at', i)
            break
        i += 1
    else:
        print('no', wanted)

search([1, 2, 3], 2)
search([1, 2, 3], 9)
n = 10
while True:
    n -= 1
    if n % 2:
        continue
    print(n, end=' ')
    if n == 0:
        break
print()
