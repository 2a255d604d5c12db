"""A long chain of objects dies without deep recursion, whatever its links are."""


class Link:
    def __init__(self, inner):
        self.inner = [{'next': (inner,)}]


class Counted:
    died = 0

    def __init__(self, inner):
        self.inner = inner

    def __del__(self):
        Counted.died += 1


for kind in (Link, Counted, lambda inner: [inner], lambda inner: (inner,), lambda inner: {0: inner}, lambda inner: iter([inner])):
    chain = None
    for _ in range(60_000):
        chain = kind(chain)
    chain = None
print(Counted.died)
