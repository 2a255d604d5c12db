"""Hypothesis, under pytest: it finds the smallest example that fails."""

from hypothesis import HealthCheck, given, settings, strategies as st

steady = settings(derandomize=True, database=None, deadline=None, max_examples=40,
                  suppress_health_check=list(HealthCheck))


@steady
@given(st.lists(st.integers()))
def test_sorted_is_idempotent(items):
    assert sorted(sorted(items)) == sorted(items)


@steady
@given(st.integers(), st.integers())
def test_sum_is_small(a, b):
    assert a + b < 1000


@steady
@given(st.text(), st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False)))
def test_round_trip(text, mapping):
    assert text.encode().decode() == text
    assert dict(mapping) == mapping
