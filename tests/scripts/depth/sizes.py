"""Sizes beyond all memory, and iterables that say they are of such a size."""
import itertools
import operator

N = 10**18


class Liar:
    def __iter__(self):
        return iter('abc')

    def __length_hint__(self):
        return N


for f in (lambda: [0] * N, lambda: (0,) * N, lambda: 'a' * N, lambda: b'a' * N, lambda: bytes(N), lambda: bytearray(N),
          lambda: list(range(N)), lambda: sorted(range(N)), lambda: [0] + [*range(N)],
          lambda: list(itertools.repeat(0, N)), lambda: list(Liar()), lambda: [].extend(Liar()),
          lambda: operator.length_hint(Liar()), lambda: '%*d' % (N, 1), lambda: format(1, str(N)),
          lambda: 'a'.ljust(N), lambda: 1 << N * 10**10, lambda: [1, 2] * 2**62, lambda: b'ab' * 2**62):
    try:
        print(type(f()).__name__)
    except (MemoryError, OverflowError) as e:
        print(type(e).__name__)
