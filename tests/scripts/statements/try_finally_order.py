def f(how):
    log = []
    try:
        log.append('try')
        if how == 'return': return log
        if how == 'raise': raise KeyError(how)
    except KeyError as e:
        log.append(f'except {e}')
    else:
        log.append('else')
    finally:
        log.append('finally')
    return log
for how in ('plain', 'return', 'raise'):
    print(how, f(how))
def g():
    for i in range(5):
        try:
            if i == 1: continue
            if i == 3: break
            print('body', i)
        finally:
            print('finally', i)
    else:
        print('never')
g()
def nested():
    try:
        try:
            1/0
        finally:
            print('inner')
    except ZeroDivisionError:
        print('caught')
    finally:
        print('outer')
nested()
def value():
    x = 1
    try:
        return x
    finally:
        x = 2
print(value())
e = 'before'
try:
    raise ValueError
except ValueError as e:
    pass
print('e' in globals())
