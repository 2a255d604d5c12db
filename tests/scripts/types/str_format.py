print('{} {0}'.format if False else '{0} {1} {0}'.format('a', 'b'), '{} {}'.format(1, 2), '{x[0]} {y.real} {z[k]}'.format(x=[1], y=2, z={'k': 3}))
print('{:>5}|{:<5}|{:^5}|{:*^7}|{:=+6}|{:06.2f}'.format('a', 'b', 'c', 'd', 5, -1.5))
print('{:{w}.{p}}'.format('abcdef', w=8, p=3), '{!r:>6}'.format('a'), '{!s} {!a}'.format('é', 'é'), '{{}} {{{0}}}'.format(1))
print('{:b} {:o} {:x} {:X} {:#b} {:#o} {:#X} {:c} {:,} {:_x}'.format(5, 8, 255, 255, 5, 8, 255, 97, 1234567, 0xabcdef01))
print('{:e} {:E} {:f} {:F} {:g} {:G} {:%} {:.3} {:n}'.format(1.5, 1.5, 1.5, float('inf'), 1e-10, 1e10, .5, 3.14159, 5))
print('{:10}|{:<10}|{:>10}|{:^10}'.format(5, 5, 'x', True), '{:s}'.format('x'), '{:z.1f}'.format(-0.01), '{:+} {: } {:-}'.format(1, 1, 1))
print('%s %r %a %d %i %5d %-5d| %05d %+d %x %X %o %c %c %% %e %5.1f' % ('a', 'b', 'é', 1, 2, 3, 4, 5, 6, 255, 255, 8, 'c', 100, 1.5, 2.25))
print('%(a)s %(b)03d' % {'a': 1, 'b': 2}, '%*d' % (5, 3), '%.*f' % (2, 1.239), '%s' % ((1, 2),), '%s' % [1], '%-10s|' % 'x', '%.2s' % 'abc', '%#x %#o' % (255, 8))
class F:
    def __format__(self, s): return f'F<{s}>'
    def __str__(self): return 'str'
    def __repr__(self): return 'rep'
print('{} {:abc} {!r} {!s:>5}'.format(F(), F(), F(), F()), f'{F()} {F():x} {F()!r:<5}|', '%s %r' % (F(), F()))
print('{:%Y-%m-%d}'.format(__import__('datetime').date(2024, 2, 29)), 'a{0}'.format_map({'0': 1}) if False else '{k}'.format_map({'k': 'v'}))
print(f'{1000000:,} {1234.5:,.2f} {12345678:_d} {0.1:.20f} {1e21:.0f} {5:>{3 + 2}} {"x":-^{7}}')
