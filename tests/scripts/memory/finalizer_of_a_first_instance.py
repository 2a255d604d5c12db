# The first call of a class translates its __init__: no other instance is made, and finalized, meanwhile.
class Plain:
    def __init__(self):
        self.name = 'plain'

    def __del__(self):
        print('del', self.name)


x = Plain()
print('made')
del x
