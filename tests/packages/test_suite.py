import pytest, sys, os
@pytest.fixture
def box(tmp_path):
    p = tmp_path / 'x.txt'; p.write_text('hi'); yield p; p.unlink()
@pytest.mark.parametrize('a,b', [(1,2),(2,3),(3,5)])
def test_param(a,b): assert a+1==b
def test_box(box): assert box.read_text()=='hi'
def test_fail():
    x = {'a':[1,2,3]}
    assert x == {'a':[1,2,4]}
def test_cap(capsys):
    print('hello'); assert capsys.readouterr().out=='hello\n'
def test_raises():
    with pytest.raises(ValueError, match='inv.*'): int('x')
@pytest.mark.skip(reason='no')
def test_skip(): pass
@pytest.mark.xfail
def test_x(): assert 0
def test_mp(monkeypatch): monkeypatch.setenv('A','1'); assert os.environ['A']=='1'
class TestC:
    def test_out(self): print('captured text'); assert len('abc') == 4, 'msg'
