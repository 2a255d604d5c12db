"""tomli: TOML."""

import tomli

print(tomli.loads('a = 1\n[b]\nc = [1.5, true, "x"]\nd = 1979-05-27T07:32:00Z\n[[e]]\nf = """\nmany\nlines"""'))
for bad in ('a = ', '[a\n', 'a = 1\na = 2', 'a = 01'):
    try:
        tomli.loads(bad)
    except tomli.TOMLDecodeError as error:
        print(error)
