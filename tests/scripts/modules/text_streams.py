# Text streams whose text, names and fields are unusual; streams without their buffer.
import copyreg
import io
import pickle
import sys


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


stream = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
for size in 2**1000, sys.maxsize + 1, -1, 0, 'x':
    attempt(lambda: setattr(stream, '_CHUNK_SIZE', size))
attempt(lambda: delattr(stream, '_CHUNK_SIZE'))
for file in stream, io.BufferedReader(io.BytesIO()):
    attempt(lambda: setattr(file, '_finalizing', 1))
    attempt(lambda: delattr(file, '_finalizing'))


class Text(str):
    def replace(self, *args):
        print('replace', args)
        return self.made() if callable(self.made) else self.made


def write(made, newline='\r\n'):
    stream = io.TextIOWrapper(io.BytesIO(), newline=newline)
    text = Text('a\n')
    text.made = made
    attempt(lambda: stream.write(text))
    stream.flush()
    print(stream.buffer.getvalue())


for made in None, b'x', 'made\r\n':
    write(made)
for newline in '', '\n', None:
    write('unused', newline)
for action in 'close', 'detach':
    stream = io.TextIOWrapper(io.BytesIO(), newline='\r\n')
    text = Text('a\n')
    text.made = getattr(stream, action)
    attempt(lambda: stream.write(text))
stream = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
for names in {'encoding': '\udcfe'}, {'errors': '\udcfe'}, {'newline': '\udcfe'}:
    attempt(lambda: stream.reconfigure(**names))
    attempt(lambda: io.TextIOWrapper(io.BytesIO(), **({'encoding': 'utf-8'} | names)))
stream.detach()
for name in 'encoding', 'errors', 'line_buffering', 'newlines', 'closed':
    attempt(lambda: getattr(stream, name))
bare = io.TextIOWrapper.__new__(io.TextIOWrapper)
for name in 'encoding', 'errors', 'newlines', 'name', 'closed', 'buffer':
    attempt(lambda: getattr(bare, name))
attempt(lambda: open('/dev/null', 'w', newline='invalid'))


class Asks:
    """Has no attribute but those that its class has."""

    def __getattr__(self, name):
        print('asked for', name)
        raise AttributeError(name)


print(Asks().__reduce_ex__(2)[0] is copyreg.__newobj__)
print(pickle.dumps(Asks(), 2))


class Own:
    pass


own = Own()
own.__reduce_ex__ = lambda protocol: (list, ([protocol],))
print(pickle.loads(pickle.dumps(own, 3)))
attempt(lambda: pickle.Unpickler(io.BytesIO()).find_class('math', None))
