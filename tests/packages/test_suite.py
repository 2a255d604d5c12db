"""pytest itself: fixtures, parameters, rewritten assertions, capture, and tests that fail."""

import os

import pytest


@pytest.fixture
def box(tmp_path):
    path = tmp_path / 'x.txt'
    path.write_text('hi')
    yield path
    path.unlink()


@pytest.mark.parametrize('a,b', [(1, 2), (2, 3), (3, 5)])
def test_parameters(a, b):
    assert a + 1 == b


def test_fixture(box):
    assert box.read_text() == 'hi'


def test_comparison():
    x = {'a': [1, 2, 3]}
    assert x == {'a': [1, 2, 4]}


def test_capture(capsys):
    print('hello')
    assert capsys.readouterr().out == 'hello\n'


def test_raises():
    with pytest.raises(ValueError, match='inv.*'):
        int('x')


@pytest.mark.skip(reason='no')
def test_skipped():
    pass


@pytest.mark.xfail
def test_expected():
    assert 0


def test_environment(monkeypatch):
    monkeypatch.setenv('A', '1')
    assert os.environ['A'] == '1'


class TestClass:
    def test_output(self):
        print('captured text')
        assert len('abc') == 4, 'message'
