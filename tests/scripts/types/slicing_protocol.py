class S:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print('set', k, v)
    def __delitem__(self, k): print('del', k)
s = S()
print(s[1], s[1:2], s[:], s[::], s[1:2:3], s[1, 2], s[1:2, ...], s[()], s[-1], s['a':'b'], s[*[1, 2]], s[*'ab', 3])
s[1:2] = 5; s[:, 0] = 6; del s[::2]; s[0] += [1] if False else (1,) if False else s[0]
class I:
    def __index__(self): return 2
print([0, 1, 2, 3][I()], 'abcd'[I():], (1, 2, 3, 4)[:I()], [1] * I(), range(I()), list(range(5))[I()::I()])
a = list(range(5))
a[I():] = [9]; print(a); a[10:] = [1]; print(a); a[-100:1] = []; print(a); a[::-1] = a; print(a)
try: a[::2] = [1]
except ValueError as e: print(e)
try: a[1:2] = 5
except TypeError as e: print(e)
class Bad:
    def __index__(self): return 'x'
try: a[Bad()]
except TypeError as e: print(e)
print(a[10 ** 30:], a[:10 ** 30], a[-10 ** 30:])
try: a[10 ** 30]
except IndexError as e: print(e)
