# How the packaged library looks to the import system: a finder and a loader like those of a zip file
# (src/import/mod.rs tells what for). It is run while the import system starts, so it imports nothing itself.
import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _external
import _imp
import sys


class LibraryLoader(_external._LoaderBasics):
    """Loads a module of the packaged library."""

    def __init__(self, fullname, path):
        self.name = fullname
        self.path = path

    def __repr__(self):
        return f'<LibraryLoader {self.name!r}>'

    def __eq__(self, other):
        return self.__class__ == other.__class__ and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    def get_filename(self, fullname):
        return self.path

    def get_code(self, fullname):
        return _imp._library_code(self.path)

    def get_data(self, path):
        data = _imp._library_data(path)
        if data is None:
            raise OSError(2, 'No such file or directory', path)
        return data

    def get_source(self, fullname):
        return _external.decode_source(self.get_data(self.path))

    def get_resource_reader(self, fullname):
        from _library_resources import Reader
        return Reader(self)


class LibraryFinder:
    """Finds modules in a folder of the packaged library."""

    def __init__(self, path):
        if _imp._library_kind(path) != 'folder':
            raise ImportError('not a folder of the packaged library', path=path)
        self.path = path

    def __repr__(self):
        return f'LibraryFinder({self.path!r})'

    def find_spec(self, fullname, target=None):
        found = _imp._library_find(self.path, fullname.rpartition('.')[2])
        if found is None:
            return None
        if isinstance(found, str):
            spec = _bootstrap.ModuleSpec(fullname, None)
            spec.submodule_search_locations = [found]
            return spec
        path, is_package = found
        spec = _bootstrap.ModuleSpec(fullname, LibraryLoader(fullname, path), origin=path)
        if is_package:
            spec.submodule_search_locations = [path.rpartition('/')[0]]
        spec._set_fileattr = True
        return spec

    def invalidate_caches(self):
        """The library never changes."""

    def iter_modules(self, prefix=''):
        for name in _imp._library_list(self.path):
            kind = _imp._library_kind(f'{self.path}/{name}')
            if kind == 'folder':
                if _imp._library_kind(f'{self.path}/{name}/__init__.py') == 'file':
                    yield prefix + name, True
            elif name.endswith('.py') and name != '__init__.py':
                yield prefix + name[:-3], False


def zip_importer(path):
    """zipimport.zipimporter, imported when there is a zip file."""
    if not _imp._may_be_zip(path):
        raise ImportError('not a Zip file', path=path)
    import zipimport
    return zipimport.zipimporter(path)


def install():
    sys.path_hooks[:0] = [LibraryFinder, zip_importer]
