def kind(n):
    if n < 0:
        return 'negative'
    elif n == 0:
        return 'zero'
    elif n < 10:
        return 'small'
    else:
        return 'large'

for n in (-5, 0, 3, 100):
    print(n, kind(n))
print('yes' if [] else 'no', 'yes' if [0] else 'no')
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 != 1)
print(0 or 'a' or 1/0, 0 and 1/0, not 0, not 'x')
