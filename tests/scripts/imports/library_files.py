# The library's files can be asked about, listed and read, wherever they are.
import glob
import json
import os
import os.path

path = os.__file__
folder = os.path.dirname(path)
print(os.path.basename(path), os.path.exists(path), os.path.isfile(path), os.path.isdir(folder))
print(os.path.exists(os.path.join(folder, 'no_such_module.py')), os.access(path, os.R_OK))
print('json' in os.listdir(folder), 'os.py' in os.listdir(folder))
names = {entry.name: entry.is_dir() for entry in os.scandir(folder)}
print(names['json'], names['os.py'])
with open(path) as file:
    print(file.readline().startswith('r"""OS routines'), file.seek(0), len(file.read()) > 10000)
with open(json.__file__, 'rb') as file:
    print(os.fstat(file.fileno()).st_size == os.stat(json.__file__).st_size == len(file.read()))
print('decoder.py' in map(os.path.basename, glob.glob(os.path.join(folder, 'json', '*.py'))))
print(os.path.realpath(os.path.join(folder, 'json', '..', 'os.py')) == os.path.realpath(path))
print(any(name == 'decoder.py' for _, _, files in os.walk(os.path.join(folder, 'json')) for name in files))
for wrong in 'no_such_module.py', 'os.py/x':
    try:
        open(os.path.join(folder, wrong))
    except (FileNotFoundError, NotADirectoryError) as error:
        print('error')
