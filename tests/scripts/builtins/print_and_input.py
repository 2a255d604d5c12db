import sys
print(1, 'a', None, sep='-', end='!\n')
print(); print(end=''); print('a', 'b', sep=''); print(*range(3), sep='\n', flush=True)
print('to stderr' and 'shown', file=sys.stdout)
name = input('name? '); n = int(input())
print(repr(name), n)
for line in sys.stdin: print('line', repr(line)); break
print(repr(sys.stdin.readline()), repr(sys.stdin.read()))
try: input()
except EOFError as e: print(e)
try: print('x', sep=1)
except TypeError as e: print(e)
try: print('x', end=1)
except TypeError as e: print(e)
class W:
    def write(self, s): out.append(s)
out = []
print('a', 1, file=W()); print(out)
sys.stdout.write('no newline\n'); print(sys.stdout.writable(), sys.stdout.encoding, sys.stdin.name)
