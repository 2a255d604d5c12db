import math
print(0.1 + 0.2, 1e16, 1e15, 1.0, 100000.0, 1e-5, 0.0001, -0.0, 1.5e300 * 1e10, float('inf') - float('inf'))
print(1e22, 1e23, 123456789012345680.0, 5e-324, 1.7976931348623157e308, 2.5, 1/3, 2/3)
print((0.5).as_integer_ratio(), (2.0).is_integer(), (1.1).hex(), float.fromhex('0x1.8p1'), (-2.5).__trunc__(), math.floor(-2.5), math.ceil(-2.5))
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1e20, -19), round(1234.5678, -2), round(0.5), round(1.5))
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, divmod(7.5, -2), 2.0 ** 0.5, (-8) ** (1/3), 2 ** 0.5)
print(float('1e5'), float(' 3.14 '), float('1_000.5'), float('-inf'), float('nan'), float('infinity'), float(b'2.5'))
print(f'{3.14159:.2f} {1234567.891:,.1f} {0.000012345:g} {123456789.0:g} {1e10:e} {0.25:%} {2.0:.0f} {1.5:+08.2f} {3.0!r} {1e100:.3g} {12.0:n}')
print('%.3f %e %g %5.1f|%-8.2f|%08.3f %r' % (3.14159, 12345.678, 1e-7, 2.25, 1.0, -1.5, 0.1))
nan = float('nan')
print(nan == nan, nan != nan, nan in [nan], [nan] == [nan], nan < 1, sorted([3.0, 1, 2.5]), max(1.5, 2), min(-0.0, 0.0))
print(hash(0.5), hash(float('inf')), hash(-float('inf')), hash(1e300), 1e308 * 10, -1e308 * 10, 1.0 == 1, 2**53 == 2.0**53 + 1)
print(sum([0.1] * 10), math.fsum([0.1] * 10), sum([1e100, 1, -1e100]), int(1e20), 10**400 > 1e308, 1e308 < 10**400)
for e in ('1.0 / 0', '1.0 // 0', '1.0 % 0', '0.0 ** -1', 'float("x")', 'float("")', '2.0 ** 10000', 'float(10 ** 400)', 'int(1e400)', 'float(None)',
          'float.fromhex("q")', 'round(float("nan"))', 'round(float("inf"))', '1.5 << 1', '1.5 & 1', 'f"{1.5:d}"', 'math.sqrt(-1)', '"%d" % "x"', '"%d" % 1.9', '10**400 / 3', '10**400 / 10**399', 'float("1__0")'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
