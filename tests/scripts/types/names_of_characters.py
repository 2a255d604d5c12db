"""Characters by name: aliases are names, in literals as elsewhere."""

import unicodedata

print(ascii('\N{BYTE ORDER MARK}\N{LINE FEED}\N{euro sign}\N{CARRIAGE RETURN}'), ascii(f'\N{NO-BREAK SPACE}'))
print(ascii(unicodedata.lookup('BYTE ORDER MARK')), unicodedata.name('\ufeff'))
for bad in (r"'\N{EUROSIGN}'", r"'\N{NOTHING OF THE SORT}'"):
    try:
        eval(bad)
    except SyntaxError as error:
        print(error)
