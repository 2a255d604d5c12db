"""An exception thrown into a generator gets what the generator handles as its context, not what the caller handles."""


def chain(error):
    parts = []
    while error:
        parts.append(repr(error))
        error = error.__context__
    return ' <- '.join(parts)


def tells():
    try:
        yield
    except Exception as error:
        print('inside:', chain(error))
        raise


def handles():
    try:
        raise IndexError
    except IndexError:
        try:
            yield
        except Exception as error:
            print('inside:', chain(error))
            raise


def delegates(generator):
    yield from generator


async def waits():
    try:
        await anything()
    except Exception as error:
        print('inside:', chain(error))
        raise


class anything:
    def __await__(self):
        yield


def linked():
    """An exception with a history of its own."""
    last = ValueError('last')
    last.__context__ = ValueError('first')
    return last


for make in tells, handles, lambda: delegates(tells()), waits:
    for started in True, False:
        for error in linked(), ValueError:
            generator = make()
            if started:
                generator.send(None)
            try:
                raise KeyError('handled by the caller')
            except KeyError:
                try:
                    generator.throw(error)
                except ValueError as error:
                    print('outside:', chain(error))
