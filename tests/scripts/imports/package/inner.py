thing = 'thing'
def up():
    from .. import nothing
