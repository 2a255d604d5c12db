s = 'Hello, World'
print(s.upper(), s.lower(), s.swapcase(), s.title(), 'ab cd'.capitalize(), s.casefold(), 'ß'.upper(), 'ẞ'.casefold(), 'ﬁ'.upper(), 'Σας'.lower(), 'ΑΣ'.lower())
print(s.find('o'), s.rfind('o'), s.find('zz'), s.index('W'), s.count('l'), s.count(''), s.find('', 5), s.find('o', -3), 'aaa'.count('aa'))
print(s.startswith('He'), s.startswith(('x', 'H')), s.endswith('ld', 3), s.startswith('', 50), s.removeprefix('Hello'), s.removesuffix('x'))
print(s.split(), s.split(','), s.split('l', 1), s.rsplit('l', 1), '  a  b '.split(), '  a  b '.split(' '), 'a,b,,c'.split(','), ''.split(), ''.split(','), 'a b c'.split(None, 1))
print('a\nb\r\nc\x0bd\u2028e'.splitlines(), 'a\n\nb\n'.splitlines(True), s.partition(', '), s.rpartition('o'), 'x'.partition('-'), 'x'.rpartition('-'))
print('  x '.strip() + '|', 'xxaxx'.strip('x'), 'abc'.lstrip('ba'), 'abc'.rstrip('cb'), '-'.join('abc'), ''.join([]), 'a'.join(['b']))
print('x'.center(5, '*'), 'x'.ljust(3) + '|', 'x'.rjust(3), '42'.zfill(5), '-42'.zfill(5), '+'.zfill(3), 'ab'.center(5), 'abc'.center(2))
print(s.replace('l', 'L'), s.replace('l', '', 2), 'aaa'.replace('', '-'), 'abc'.translate({97: 'A', 98: None, 99: 0x43}), str.maketrans('ab', 'xy', 'z'), 'a\tb'.expandtabs(4), 'ab\tc'.expandtabs())
print([f(c) for c in ('a1', '1', 'A', '', ' ', 'é', '²', '½', '_') for f in (str.isalpha, str.isdigit, str.isalnum, str.isnumeric, str.isdecimal)])
print('abc'.isidentifier(), '1a'.isidentifier(), 'class'.isidentifier(), 'é'.isidentifier(), 'Ab Cd'.istitle(), 'AB'.isupper(), 'ab1'.islower(), '\n'.isprintable(), ' \t'.isspace(), 'é'.isascii())
print(s[0], s[-1], s[::-1], s[2:5], s[::3], s[5:2], s[100:], s[-3:], 'abc' * 2, 0 * 'a', 'b' in 'abc', '' in '', 'abc' < 'abd', 'Z' < 'a', 'a' < 'aa')
print(repr('a\'b'), repr('a"b'), repr('\'"'), repr('\n\t\\\x00\x7f\xa0é\u200b\ud800\U0001f600'), ascii('é\U0001f600'))
print(ord('€'), chr(8364), len('\U0001f600'), 'e\u0301' == 'é', hash('') == 0, 'x'.encode(), 'é'.encode('latin-1'), '€'.encode('utf-16-le'))
for e in ('s.index("zz")', '"a".join([1, 2])', '"a" * "b"', 's[50]', 's["x"]', '"é".encode("ascii")', 'b"\\xff".decode()', 'chr(-1)', 'ord("ab")', 'chr(0x110000)', '"x".center(5, "ab")',
          '"a".split("")', '"a" + 1', 's[0] ', '"a".foo()', '"a".startswith(1)', '"a".zfill("x")', '"a" % 1', '"%s %s" % (1,)', '"%q" % 1', '"%(a)s" % 1', '"%d" % "1"', '"%c" % "ab"', '"{}".format()', '"{x}".format(y=1)', '"{0.a}".format(1)', '"{".format()', '"}".format()', '"{!z}".format(1)', 'format(1, "q")', 'format("a", "d")', 'str(b"a", "nope")', '"a".encode("x-y")', 'str.upper(1)', '"\\ud800".encode()'):
    try: print(e, repr(eval(e)))
    except Exception as x: print(e, '->', type(x).__name__, x)
