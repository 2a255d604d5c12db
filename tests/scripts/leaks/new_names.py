"""Names that are new each time: nothing may remember them for ever."""
from lib_leaks import check

count = 0


def fresh(word):
    global count
    count += 1
    return f'{word}_{count}'


check('dict keys', lambda: {fresh('key'): 1})
check('keywords', lambda: dict(**{fresh('keyword'): 1}))
check('compiled names', lambda: compile(fresh('name') + ' = 1', 'file', 'exec'), 1000)
check('run names', lambda: exec(fresh('variable') + ' = 1', {}), 1000)
