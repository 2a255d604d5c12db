assert True
assert (1, 2)
try:
    assert 1 == 2
except AssertionError as e:
    print(repr(e), e.args)
try:
    assert False, 'a message'
except AssertionError as e:
    print(repr(e))
try:
    assert [], {'x': 1}
except AssertionError as e:
    print(repr(e))
print(__debug__)
