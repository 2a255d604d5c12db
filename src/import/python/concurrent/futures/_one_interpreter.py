# InterpreterPoolExecutor of an interpreter that has no others beside it (PEP 734 is to come): the name is there, so
# that what lists or compares executors finds it, and who wants to use it is told.
from .thread import ThreadPoolExecutor


class InterpreterPoolExecutor(ThreadPoolExecutor):
    """An executor whose workers are interpreters of their own: not supported yet."""

    def __init__(self, max_workers=None, thread_name_prefix='', initializer=None, initargs=()):
        raise NotImplementedError('interpreters beside the first one are not supported: '
                                  'use ThreadPoolExecutor (with --gil=off it runs in parallel) or ProcessPoolExecutor')
