#!/usr/bin/env python3
"""Runs files of CPython's test suite with ungil, and scores them against CPython itself.

    tests/cpython/run.py --tests DIR --reference PYTHON [--python UNGIL] [FILE ... | --set NAME ...]

DIR is a folder that holds nothing but CPython 3.14's `test` package; PYTHON is CPython 3.14. A FILE is a name
below `test`: test_grammar, test_asyncio.test_tasks. Both interpreters run it as

    PYTHONPATH=DIR PYTHON -m unittest -v test.FILE

in an empty folder, ungil with the tests that are marked as CPython's alone: it takes CPython for its model, so they
are its tests, too (--marked=skip leaves them out). A file's score is the single tests passed over those that CPython
passes; a test that CPython passes and ungil skips, or never reaches, has failed. What CPython passes is kept in a file (--baseline),
since it does not change.

An interpreter that dies or hangs midway costs the one test that it was in: the rest are run again without it.
`expected_failures.txt` beside this file lists the known failures, `ID: reason`, where ID may hold `*`; with
--check a failure that is not listed, or a listed one that passes, makes the exit status 1.

Needs Python 3.11 and nothing else.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import fnmatch
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# What the project wants of each, by the part of the interpreter that is tested.
SETS = {
    'language': '''
        test_grammar test_syntax test_exceptions test_exception_group test_generators test_genexps test_listcomps
        test_scope test_class test_descr test_super test_property test_decorators test_keywordonlyarg
        test_positional_only_arg test_unpack_ex test_patma test_fstring test_format test_int test_float
        test_complex test_bool test_str test_bytes test_list test_tuple test_dict test_set test_range test_slice
        test_enumerate test_iter test_with test_raise test_math test_itertools test_functools test_collections
        test_weakref test_gc test_named_expressions test_type_params test_builtin test_compile''',
    'threads': '''
        test_thread test_threading test_threadedtempfile test_threading_local test_queue
        test_concurrent_futures.test_thread_pool test_signal test_fork1''',
    'free_threading': 'test_free_threading',
    'loop': '''
        test_generators test_coroutines test_asyncgen test_contextlib_async test_context test_select test_selectors
        test_socket test_epoll test_asyncio''',
    'library': '''
        test_unittest test_json test_re test_dataclasses test_enum test_typing test_argparse test_logging test_io
        test_os test_pathlib test_subprocess test_multiprocessing_fork test_multiprocessing_spawn
        test_concurrent_futures test_pickle test_copy test_datetime test_random test_struct test_array
        test_tempfile test_inspect test_traceback test_warnings test_textwrap test_pprint test_heapq test_bisect
        test_string test_operator test_types test_abc test_contextlib''',
}

# How a test can end well, and the words that tell how any test ended.
PASSED = {'ok', 'expected failure'}
STATUS = re.compile(r"(ok|FAIL|ERROR|expected failure|unexpected success|skipped ['\"].*)\s*$")
# `test_one (test.test_x.Class.test_one)`, and the two blanks before a failed subtest. What follows may be
# the description's second line, noise of the test, or the status.
STARTED = re.compile(r"^(?P<sub>  )?(?P<name>\S+) \((?P<place>[\w.<>\[\]-]+)\)(?P<rest>.*)$")
BLOCK = re.compile(r"^(?:ERROR|FAIL): (?P<name>\S+) \((?P<place>[\w.<>\[\]-]+)\)")

EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Warning|Exit|Interrupt|Group|Failure|Iteration)\b")

UNITTEST = ['-m', 'unittest']
# The same with the tests that `test.support` would skip elsewhere than on CPython.
MARKED = '''
import runpy, test.support
test.support.check_impl_detail = lambda **guards: guards.get('cpython', not any(guards.values()))
runpy.run_module('unittest', run_name='__main__', alter_sys=True)
'''

# A file that dies this often has told enough.
MAX_RESTARTS = 60


@dataclasses.dataclass
class Run:
    """What one process told: every test it reached with how it ended, in order."""

    results: dict = dataclasses.field(default_factory=dict)
    errors: dict = dataclasses.field(default_factory=dict)
    current: str | None = None  # The test that had started and not ended.
    ended: bool = False         # Whether it came to its summary.
    death: str = ''             # Otherwise, how it died.
    tail: str = ''              # The last line it wrote.


class Parser:
    """Follows the output of `unittest -v` line by line."""

    def __init__(self):
        self.run = Run()
        self.block = None
        self.in_blocks = False

    def line(self, line):
        run = self.run
        if line.strip():
            run.tail = line.strip()
        if line.startswith('=' * 70):
            self.in_blocks, self.block, run.current = True, None, None
        elif line.startswith('Ran ') and re.match(r'Ran \d+ tests? in ', line):
            run.ended, run.current, self.block = True, None, None
        elif self.in_blocks:
            self.error_line(line)
        else:
            self.progress_line(line)

    def progress_line(self, line):
        run = self.run
        if match := STARTED.match(line):
            test = full_name(match['name'], match['place'])
            status = STATUS.search(match['rest'])
            if match['sub']:
                # Failed and skipped subtests are told one by one; skipped ones do not spoil the test.
                if status and not status[1].startswith('skipped'):
                    run.results[test] = status[1]
                return
            run.current = test
            run.results.setdefault(test, 'unfinished')
            if status and ' ... ' in match['rest']:
                self.finish(status[1])
        elif run.current and (status := STATUS.search(line)):
            before = line[:status.start()]
            if not before or before.endswith((' ', '.', ':', ']')) or not before[-1].isalnum():
                self.finish(status[1])

    def finish(self, status):
        run = self.run
        if run.results[run.current] == 'unfinished':
            run.results[run.current] = 'skipped' if status.startswith('skipped') else status
        run.current = None

    def error_line(self, line):
        if match := BLOCK.match(line):
            self.block = full_name(match['name'], match['place'])
        elif self.block and line.strip() and not line.startswith(('---', '  ')):
            # The exception's own line, before what a diff adds below it.
            kept = self.run.errors.get(self.block, '')
            if EXCEPTION.match(line) or not EXCEPTION.match(kept):
                self.run.errors[self.block] = line.strip()


def full_name(name, place):
    """The id of a test; doctests say their name before, and in brackets only where it is."""
    return place if place.endswith(f'.{name}') else f'{place}.{name}'


class Runner:
    """Runs test files with one interpreter."""

    def __init__(self, options, python, arguments):
        self.options = options
        self.command = [*python, *arguments]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
        self.environment |= {'PYTHONPATH': str(options.tests), 'LC_ALL': 'C.UTF-8'}

    def file(self, name, known):
        """Every test of a file, past crashes and hangs. `known` are the ids it should have."""
        whole = self.process([f'test.{name}'])
        results, errors = dict(whole.results), dict(whole.errors)
        last, restarts = whole, 0
        while not last.ended and restarts < MAX_RESTARTS:
            if last.current:
                results[last.current] = last.death
                errors[last.current] = last.tail
            left = [test for test in known if results.get(test, 'unfinished') == 'unfinished']
            if not left or (not last.results and restarts):
                break
            restarts += 1
            last = self.some(name, left)
            progress = [test for test in last.results if results.get(test, 'unfinished') == 'unfinished']
            merge(results, errors, last)
            if not last.ended and not progress:
                self.class_by_class(left, results, errors)
                break
        for test in known:
            if results.get(test, 'unfinished') == 'unfinished':
                results[test] = 'not reached'
                causes = (f'{test.rpartition(".")[0]}.setUpClass', f'unittest.loader._FailedTest.{name}')
                errors.setdefault(test, next((errors[cause] for cause in causes if cause in errors), whole.tail))
        return results, errors

    def some(self, name, tests):
        """One process for some tests of a file. A pattern with a star at its start is matched whole."""
        patterns = [part for test in tests for part in ('-k', '*' + test[1:])]
        return self.process([f'test.{name}', *patterns])

    def class_by_class(self, tests, results, errors):
        """When even a choice of tests dies before it reaches one: each class alone."""
        classes = dict.fromkeys(test.rpartition('.')[0] for test in tests)
        for each in list(classes)[:MAX_RESTARTS]:
            run = self.process([each])
            merge(results, errors, run)
            if run.current and not run.ended:
                results[run.current] = run.death

    def process(self, arguments):
        """One process, in an empty folder and a session of its own."""
        folder = tempfile.mkdtemp(prefix='ungil-test-')
        parser = Parser()
        try:
            process = subprocess.Popen(
                [*self.command, '-v', *arguments], cwd=folder,
                env=self.environment | {'TMPDIR': folder}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, start_new_session=True)
            watch = Watch(process, self.options)
            for line in process.stderr:
                watch.heard = time.monotonic()
                parser.line(line.decode('utf-8', 'replace').rstrip('\n'))
            status = process.wait()
            watch.stop.set()
            if not parser.run.ended:
                parser.run.death = watch.verdict or (
                    f'crash: {signal.Signals(-status).name}' if status < 0 else f'crash: status {status}')
        finally:
            # What the tests left running goes with them.
            kill(process)
            shutil.rmtree(folder, ignore_errors=True)
        return parser.run


def merge(results, errors, run):
    for test, status in run.results.items():
        if results.get(test, 'unfinished') in ('unfinished', 'not reached'):
            results[test] = status
    errors.update(run.errors)


class Watch(threading.Thread):
    """Kills a process that is silent or busy for too long, or takes too much memory."""

    def __init__(self, process, options):
        super().__init__(daemon=True)
        self.process, self.options = process, options
        self.heard = self.begun = time.monotonic()
        self.verdict = ''
        self.stop = threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(0.5):
            now = time.monotonic()
            if now - self.heard > self.options.stall or now - self.begun > self.options.timeout:
                self.verdict = 'hang'
            elif memory(self.process.pid) > self.options.memory * 2**30:
                self.verdict = 'crash: too much memory'
            if self.verdict:
                kill(self.process)
                return


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def memory(pid):
    try:
        pages = pathlib.Path(f'/proc/{pid}/statm').read_text().split()[1]
        return int(pages) * os.sysconf('SC_PAGE_SIZE')
    except (OSError, IndexError, ValueError):
        return 0


class Baseline:
    """What CPython passes, kept between runs."""

    def __init__(self, path, runner, reference):
        self.path, self.runner = path, runner
        self.lock = threading.Lock()
        version = subprocess.run([*reference, '-VV'], capture_output=True, text=True, check=True).stdout.strip()
        try:
            self.kept = json.loads(path.read_text())
        except (OSError, ValueError):
            self.kept = {}
        if self.kept.get('version') != version:
            self.kept = {'version': version, 'files': {}}

    def passed(self, name):
        with self.lock:
            kept = self.kept['files'].get(name)
        if kept is None:
            results, _ = self.runner.file(name, [])
            kept = [test for test, status in results.items() if status in PASSED]
            with self.lock:
                self.kept['files'][name] = kept
                self.path.parent.mkdir(parents=True, exist_ok=True)
                draft = self.path.with_suffix('.draft')
                draft.write_text(json.dumps(self.kept))
                draft.replace(self.path)
        return kept


@dataclasses.dataclass
class Score:
    """A file's line in the table."""

    name: str
    wanted: list
    results: dict
    errors: dict
    seconds: float

    def __post_init__(self):
        self.failed = [test for test in self.wanted if self.results.get(test) not in PASSED]
        self.passed = len(self.wanted) - len(self.failed)
        statuses = collections.Counter(self.results.values())
        self.crashes = sum(count for status, count in statuses.items() if status.startswith('crash'))
        self.hangs = statuses['hang']

    def line(self):
        share = f'{100 * self.passed / len(self.wanted):6.1f} %' if self.wanted else '      -'
        trouble = ''.join(f'  {count} {word}' for word, count in
                          (('crashed', self.crashes), ('hung', self.hangs)) if count)
        return f'{self.name:42} {self.passed:5} of {len(self.wanted):5} {share} {self.seconds:7.1f} s{trouble}'


def expected_failures(path):
    """The listed ids, each with its reason."""
    listed = {}
    if path.exists():
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith('#'):
                test, _, reason = line.partition(': ')
                listed[test.strip()] = reason.strip()
    return listed


def report(scores, options, listed):
    """Prints the table's end and what else was asked for. True when all failures are as listed."""
    wanted = sum(len(score.wanted) for score in scores)
    passed = sum(score.passed for score in scores)
    print('-' * 75)
    total = Score('all', [], {}, {}, sum(score.seconds for score in scores))
    total.wanted, total.passed = range(wanted), passed
    total.crashes, total.hangs = sum(s.crashes for s in scores), sum(s.hangs for s in scores)
    print(total.line())
    failures = {test: score for score in scores for test in score.failed}
    if options.failures:
        print()
        for test, score in failures.items():
            print(f'{score.results.get(test, "not reached"):12} {test}\n             {score.errors.get(test, "")}')
    if options.causes:
        causes = collections.Counter(score.errors.get(test, score.results.get(test, '')) for test, score in failures.items())
        print()
        for cause, count in causes.most_common(options.causes):
            print(f'{count:5}  {cause}')
    if not options.check:
        return True
    known = lambda test: test in listed or any('*' in name and fnmatch.fnmatchcase(test, name) for name in listed)
    unlisted = [test for test in failures if not known(test)]
    ran = {test for score in scores for test in score.wanted}
    mended = [test for test in listed if test in ran and test not in failures]
    for title, tests in (('Not in expected_failures.txt', unlisted), ('Listed, and passes now', mended)):
        if tests:
            print(f'\n{title}:', *tests, sep='\n  ')
    return not unlisted and not mended


def parse_arguments():
    cache = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache')
    project = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='*', metavar='FILE', help='test_grammar, test_asyncio.test_tasks ...')
    parser.add_argument('--set', action='append', default=[], choices=SETS, help='a list of files; may be repeated')
    parser.add_argument('--tests', type=pathlib.Path, default=os.environ.get('CPYTHON_TESTS'), metavar='DIR',
                        help='the folder that holds the test package (or $CPYTHON_TESTS)')
    parser.add_argument('--reference', default=os.environ.get('CPYTHON'), metavar='PYTHON',
                        help='CPython 3.14 (or $CPYTHON)')
    parser.add_argument('--python', default=project / 'target/release/ungil', metavar='UNGIL')
    parser.add_argument('--marked', choices=('run', 'skip'), default='run',
                        help="the tests that are marked as CPython's alone (%(default)s)")
    parser.add_argument('--flags', default='', help="flags for ungil, such as '--gil=off'")
    parser.add_argument('--baseline', type=pathlib.Path, default=cache / 'ungil-tests/cpython-passes.json')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 2)
    parser.add_argument('--timeout', type=float, default=1200, metavar='S', help='for one file (%(default)s)')
    parser.add_argument('--stall', type=float, default=180, metavar='S', help='without a sign of life (%(default)s)')
    parser.add_argument('--memory', type=float, default=6, metavar='GB', help='of one process (%(default)s)')
    parser.add_argument('--failures', action='store_true', help='list every failed test with its last error line')
    parser.add_argument('--causes', type=int, default=0, metavar='N', help='list the N commonest error lines')
    parser.add_argument('--json', type=pathlib.Path, metavar='PATH', help='write every result there')
    parser.add_argument('--check', action='store_true', help='compare the failures with expected_failures.txt')
    options = parser.parse_args()
    if not options.tests or not options.reference:
        parser.error('--tests and --reference are needed (tests/README.md tells where to get them)')
    options.tests = pathlib.Path(options.tests).resolve()
    if not (options.tests / 'test/test_grammar.py').exists():
        parser.error(f'{options.tests}: holds no test package')
    names = [*options.files, *(name for each in options.set for name in SETS[each].split())]
    options.files = list(dict.fromkeys(name.removeprefix('test.').removesuffix('.py') for name in names))
    if not options.files:
        parser.error('no files: name some, or a --set')
    return options


def at_home(options, home):
    """The interpreter in a prefix of its own, whose site-packages hold the test package: CPython's library has it, and
    what tests run with -I sees no PYTHONPATH."""
    binary = home / 'bin/ungil'
    packages = home / 'lib/python3.14/site-packages'
    for folder in binary.parent, packages:
        folder.mkdir(parents=True)
    try:
        os.link(os.path.realpath(options.python), binary)
    except OSError:
        shutil.copy2(options.python, binary)
    (packages / 'test').symlink_to(options.tests / 'test')
    return str(binary)


def main():
    options = parse_arguments()
    reference = [os.path.abspath(options.reference)]
    baseline = Baseline(options.baseline, Runner(options, reference, UNITTEST), reference)
    home = tempfile.TemporaryDirectory(prefix='ungil-home-')
    unittest = ['-c', MARKED] if options.marked == 'run' else UNITTEST
    runner = Runner(options, [at_home(options, pathlib.Path(home.name))], [*options.flags.split(), *unittest])

    def score(name):
        wanted = baseline.passed(name)
        begun = time.monotonic()
        results, errors = runner.file(name, wanted)
        return Score(name, wanted, results, errors, time.monotonic() - begun)

    scores = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for future in concurrent.futures.as_completed([pool.submit(score, name) for name in options.files]):
            scores.append(future.result())
            print(scores[-1].line(), flush=True)
    scores.sort(key=lambda each: options.files.index(each.name))
    if options.json:
        options.json.write_text(json.dumps({each.name: {'wanted': each.wanted, 'results': each.results,
                                                        'errors': each.errors} for each in scores}, indent=1))
    listed = expected_failures(pathlib.Path(__file__).with_name('expected_failures.txt'))
    sys.exit(0 if report(scores, options, listed) else 1)


if __name__ == '__main__':
    main()
