z = 3 + 4j
print(z, z.real, z.imag, abs(z), z.conjugate(), z * 2, z / (1 - 1j), z ** 2, -z, z == 3 + 4j, bool(0j), 1j * 1j)
print(complex('1+2j'), complex(1), complex(1, -2), complex('-j'), repr(-0j), complex(float('inf'), float('nan')), 1e20j, 0.5j, z - 4j, hash(1+0j) == hash(1))
print(f'{z:.2f}', f'{z:>12}', format(1.5+0j, 'g'), str(1j), (1+2j) ** 0, 2 ** 1j, z ** 0.5)
for e in ('z < 1', 'int(z)', 'float(z)', 'z // 1', 'z % 1', 'complex("x")', 'complex(1, "2")', 'z / 0', '0j ** -1', 'round(z)', 'complex("1 + 2j")', 'divmod(z, 1)', 'abs(complex(1e308, 1e308))'):
    try: print(e, eval(e))
    except Exception as x: print(e, '->', type(x).__name__, x)
