print(10 ** 30, -7 // 2, -7 % 3, 7 % -3, divmod(-7, 2), 2 ** -1, 0 ** 0, pow(3, 200, 13), pow(3, -1, 7))
print((255).bit_length(), (255).bit_count(), (-5).bit_length(), (1000).to_bytes(2, 'big'), int.from_bytes(b'\xff\xfe', 'big', signed=True))
print((1024).to_bytes(4, 'little', signed=True), (5).as_integer_ratio(), (5).is_integer(), (5).conjugate(), (5).real, (5).imag, (7).numerator)
print(int('0x1f', 16), int('0b101', 0), int('z', 36), int(' 12_000 '), int(3.99), int(-3.99), int('-0o17', 0), int(b'12'))
print(bin(-10), oct(64), hex(-255), f'{255:#x} {255:08b} {10**9:,} {10**9:_} {-5:+d} {5: d} {65:c}')
print(~5, 5 & 3, 5 | 3, 5 ^ 3, -1 >> 10, 1 << 100, -8 >> 1, True + True, True & False, 5 & True)
print(round(15, -1), round(25, -1), round(-15, -1), round(1234, -2), abs(-3), 10 ** 18 * 10 ** 18)
print(123456789 ** 5 // 987654321 ** 2, (2 ** 200) % (3 ** 50), -(2 ** 70) // 3, -(2 ** 70) % 3)
print(hash(2 ** 61 - 1), hash(2 ** 61), hash(-1), hash(-2), hash(10 ** 30), 1 == 1.0, hash(1) == hash(1.0))
for e in ('int("x")', 'int("")', 'int("1", 99)', 'int(None)', '1 // 0', '1 % 0', '0 ** -1', '1 << -1', '(300).to_bytes(1, "big")',
          'int("1_")', 'int(float("inf"))', 'int(float("nan"))', 'int("9" * 5000)', 'str(10 ** 5000)', '(-1).to_bytes(1, "big")',
          'int(1, 2)', '1 + "a"', '"a" + 1', 'pow(2, 3, 0)', 'pow(2, -1, 4)', 'round(1.5, "x")', '(1).nope', '1()', '5[0]', 'int("12", "3")'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
