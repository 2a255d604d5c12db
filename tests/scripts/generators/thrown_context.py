"""What is thrown into a generator keeps its context, unless the generator is handling something itself."""


def chain(e):
    out = []
    while e is not None:
        out.append(e.args[0])
        e = e.__context__
    return out


def raises(exc):
    try:
        yield
    finally:
        raise exc


def handles(exc):
    try:
        raise KeyError('inner')
    except KeyError:
        try:
            yield
        finally:
            raise exc


first, second, third, fourth = (Exception(i) for i in range(4))
try:
    raise first
except Exception:
    current = first
    for exc in (second, third, fourth):
        generator = raises(exc)
        next(generator)
        try:
            generator.throw(current)
        except Exception as e:
            current = e
        print(chain(current))

generator = handles(Exception('outer'))
next(generator)
try:
    generator.throw(Exception('thrown'))
except Exception as e:
    print(chain(e))
