# What sysconfig knows of this interpreter. CPython's build writes such a file from its Makefile; there is
# no Makefile here, no C API and nothing to link with, so the list is short. It goes into the packaged
# library under the name that sysconfig looks for (sys.platform and the platform's triplet).
import sys

_implementation = sys.implementation
_tag = f'{_implementation.cache_tag}-{_implementation._multiarch}'

build_time_vars = {
    'ABIFLAGS': '',
    'CC': 'cc',
    'CONFIG_ARGS': '',
    'EXE': '',
    'EXT_SUFFIX': f'.{_tag}.so',
    'HAVE_FORK': 1,
    'HAVE_GETRANDOM': 1,
    'HAVE_GETRANDOM_SYSCALL': 1,
    'MULTIARCH': _implementation._multiarch,
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    # Every mode is the same binary: what CPython decides when it is built is decided by --gil.
    'Py_GIL_DISABLED': int(not sys._is_gil_enabled()),
    'SHLIB_SUFFIX': '.so',
    'SIZEOF_VOID_P': 8,
    'SOABI': _tag,
    'VERSION': '3.14',
    'WITH_DOC_STRINGS': 1,
    'exec_prefix': sys.base_exec_prefix,
    'prefix': sys.base_prefix,
}
