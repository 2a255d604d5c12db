def fail(n): raise ValueError(f'number {n}')
errors = []
for n in range(2):
    try: fail(n)
    except ValueError as e:
        e.add_note(f'note for {n}')
        errors.append(e)
try: {}['k']
except KeyError as e: errors.append(ExceptionGroup('inner', [e, OSError(5, 'io')]))
raise ExceptionGroup('several', errors)
