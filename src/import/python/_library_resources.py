# importlib.resources over the packaged library.
import _imp
import io
from importlib.resources.abc import Traversable, TraversableResources


class Path(Traversable):
    """A file or folder of the packaged library."""

    def __init__(self, path):
        self._path = path

    def __repr__(self):
        return f'Path({self._path!r})'

    def __str__(self):
        return self._path

    @property
    def name(self):
        return self._path.rpartition('/')[2]

    def is_dir(self):
        return _imp._library_kind(self._path) == 'folder'

    def is_file(self):
        return _imp._library_kind(self._path) == 'file'

    def iterdir(self):
        names = _imp._library_list(self._path)
        if names is None:
            raise NotADirectoryError(20, 'Not a directory', self._path)
        for name in names:
            yield Path(f'{self._path}/{name}')

    def joinpath(self, *descendants):
        return Path('/'.join([self._path, *map(str, descendants)])) if descendants else self

    __truediv__ = joinpath

    def open(self, mode='r', *args, **kwargs):
        data = _imp._library_data(self._path)
        if data is None:
            if self.is_dir():
                raise IsADirectoryError(21, 'Is a directory', self._path)
            raise FileNotFoundError(2, 'No such file or directory', self._path)
        stream = io.BytesIO(data)
        return stream if 'b' in mode else io.TextIOWrapper(stream, *args, **kwargs)

    def read_bytes(self):
        with self.open('rb') as stream:
            return stream.read()

    def read_text(self, encoding=None, errors=None):
        with self.open('r', encoding=encoding, errors=errors) as stream:
            return stream.read()


class Reader(TraversableResources):
    """The resources beside a module of the packaged library."""

    def __init__(self, loader):
        self.path = loader.path.rpartition('/')[0]

    def files(self):
        return Path(self.path)
