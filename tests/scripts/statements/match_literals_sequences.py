def what(x):
    match x:
        case 0 | 1: return 'zero or one'
        case -2: return 'minus two'
        case 1.5: return 'one and a half'
        case 'text': return 'text'
        case b'bytes': return 'bytes'
        case None: return 'none'
        case True: return 'never, 1 matched before'
        case []: return 'empty'
        case [a]: return f'one: {a}'
        case [a, b]: return f'two: {a} {b}'
        case [1, *rest, 9]: return f'from 1 to 9 with {rest}'
        case (first, *_): return f'starts with {first}'
        case _: return 'other'
for x in (0, 1, True, -2, 1.5, 'text', b'bytes', None, [], (7,), [1, 2], (1, 5, 6, 9), range(4), 'abc', {1, 2}, {}):
    print(repr(x), '->', what(x))
