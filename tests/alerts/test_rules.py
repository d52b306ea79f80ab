"""The state machine: every flip by table, and what must hold for any series."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import models, rules
from alerts.rules import ABOVE, BELOW, FIRING, OK, RuleSpec, State, evaluate, replay

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP = RuleSpec(ABOVE, Decimal(100), hysteresis=0.1, cooldown=30 * MINUTE)
DOWN = RuleSpec(BELOW, Decimal(100), hysteresis=0.1, cooldown=30 * MINUTE)
LONG_AGO, JUST_NOW = NOW - timedelta(days=1), NOW - MINUTE


@pytest.mark.parametrize(
    ("rule", "value", "before", "after", "flipped"),
    [
        (UP, "99.99", OK, OK, False),
        (UP, "100", OK, OK, False),  # at the line is not over it
        (UP, "100.000000000000000001", OK, FIRING, True),
        (UP, "150", FIRING, FIRING, False),
        (UP, "95", FIRING, FIRING, False),  # inside the band
        (UP, "90.000000000000000001", FIRING, FIRING, False),
        (UP, "90", FIRING, OK, True),
        (UP, "0", FIRING, OK, True),
        (DOWN, "100", OK, OK, False),
        (DOWN, "99.999999999999999999", OK, FIRING, True),
        (DOWN, "109", FIRING, FIRING, False),
        (DOWN, "110", FIRING, OK, True),
        (DOWN, "0", OK, FIRING, True),  # a price of zero is a value, and a low one
    ],
)
def test_flips(rule: RuleSpec, value: str, before: str, after: str, flipped: bool) -> None:
    outcome = evaluate(rule, Decimal(value), State(before, LONG_AGO), NOW)
    assert (outcome.state.state, outcome.flipped) == (after, flipped)
    assert outcome.fired is (flipped and after == FIRING)
    assert outcome.state.last_fired_at == (NOW if outcome.fired else LONG_AGO)


@pytest.mark.parametrize("state", [OK, FIRING])
@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_a_missing_value_keeps_the_state_and_says_so(value: Decimal | None, state: str) -> None:
    before = State(state, LONG_AGO)
    assert evaluate(UP, value, before, NOW) == rules.Outcome(before, missing=True)


def test_a_breach_inside_the_cooldown_is_held_and_told_when_it_ends() -> None:
    held = evaluate(UP, Decimal(120), State(OK, JUST_NOW), NOW)
    assert held.state == State(OK, JUST_NOW)
    assert held.held_until == JUST_NOW + UP.cooldown
    assert not held.flipped
    told = evaluate(UP, Decimal(120), held.state, JUST_NOW + UP.cooldown)
    assert told.fired


def test_the_cooldown_does_not_hold_back_the_all_clear() -> None:
    assert evaluate(UP, Decimal(80), State(FIRING, JUST_NOW), NOW).flipped


def test_without_hysteresis_the_line_is_both() -> None:
    bare = RuleSpec(ABOVE, Decimal(100), hysteresis=0.0, cooldown=timedelta(0))
    fired = evaluate(bare, Decimal("100.01"), State(), NOW)
    assert fired.fired
    assert evaluate(bare, Decimal(100), fired.state, NOW).flipped


def test_replay_tells_when_it_would_have_fired() -> None:
    values = [90, 101, 105, 95, 90, 101, 120, 120, None, 80]
    series = [
        (NOW + 10 * MINUTE * n, None if v is None else Decimal(v)) for n, v in enumerate(values)
    ]
    assert replay(UP, series) == [
        rules.Firing(NOW + 10 * MINUTE, Decimal(101), NOW + 40 * MINUTE),
        rules.Firing(NOW + 50 * MINUTE, Decimal(101), NOW + 90 * MINUTE),
    ]


def test_replay_of_a_firing_that_has_not_cleared() -> None:
    assert replay(DOWN, [(NOW, Decimal(99))]) == [rules.Firing(NOW, Decimal(99), None)]


@pytest.mark.parametrize(
    ("rule", "value", "state", "used", "load"),
    [
        (UP, "50", OK, 0.5, "ok"),
        (UP, "90", OK, 0.9, "near"),
        (UP, "100", OK, 1.0, "near"),
        (UP, "130", OK, 1.3, "over"),  # held by the cooldown, and still over the line
        (UP, "95", FIRING, 0.95, "over"),
        (DOWN, "200", OK, 0.5, "ok"),
        (DOWN, "105", OK, 100 / 105, "near"),
        (DOWN, "50", OK, 2.0, "over"),
        (UP, None, OK, None, "missing"),
        (UP, None, FIRING, None, "over"),
    ],
)
def test_load_lines(
    rule: RuleSpec, value: str | None, state: str, used: float | None, load: str
) -> None:
    number = None if value is None else Decimal(value)
    assert rules.fraction_used(rule, number) == (None if used is None else pytest.approx(used))
    assert rules.load_state(rule, number, state) == load


def test_the_words_are_those_of_the_models() -> None:
    assert {ABOVE, BELOW} == set(models.Direction.values)
    assert {OK, FIRING} == set(models.RuleState.values)


specs = st.builds(
    RuleSpec,
    direction=st.sampled_from([ABOVE, BELOW]),
    threshold=st.decimals("0.01", "1000", places=2),
    hysteresis=st.floats(0, 0.5),
    cooldown=st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds)),
)
steps = st.lists(
    st.tuples(st.integers(0, 1200), st.none() | st.decimals("0", "2000", places=2)), max_size=60
)


def _flips(rule: RuleSpec, moves: list[tuple[int, Decimal | None]]) -> list[tuple[datetime, str]]:
    state, at, flips = State(), NOW, []
    for seconds, value in moves:
        at += timedelta(seconds=seconds)
        outcome = evaluate(rule, value, state, at)
        assert outcome.flipped == (outcome.state.state != state.state)
        state = outcome.state
        if outcome.flipped:
            flips.append((at, state.state))
    return flips


@given(specs, steps)
def test_firings_and_clears_take_turns(
    rule: RuleSpec, moves: list[tuple[int, Decimal | None]]
) -> None:
    states = [state for _, state in _flips(rule, moves)]
    assert states == [FIRING, OK] * (len(states) // 2) + [FIRING] * (len(states) % 2)


@given(specs, steps)
def test_no_firing_within_the_cooldown_of_the_last(
    rule: RuleSpec, moves: list[tuple[int, Decimal | None]]
) -> None:
    fired = [at for at, state in _flips(rule, moves) if state == FIRING]
    assert all(b - a >= rule.cooldown for a, b in pairwise(fired))


@given(specs.filter(lambda spec: spec.hysteresis > 0), st.data())
def test_noise_inside_the_band_never_flips(rule: RuleSpec, data: st.DataObject) -> None:
    low, high = sorted([rule.threshold, rule.clears_at])
    inside = st.decimals(low, high, allow_nan=False).filter(lambda v: low < v < high)
    for state in (State(OK), State(FIRING, NOW)):
        for value in data.draw(st.lists(inside, max_size=20)):
            assert not evaluate(rule, value, state, NOW + timedelta(days=9)).flipped


@given(specs, steps)
def test_a_persistent_breach_is_told_once_the_cooldown_ends(
    rule: RuleSpec, moves: list[tuple[int, Decimal | None]]
) -> None:
    breach = Decimal(5000) if rule.direction == ABOVE else Decimal(0)
    end = NOW + timedelta(seconds=sum(seconds for seconds, _ in moves)) + rule.cooldown
    flips = _flips(rule, [*moves, (int((end - NOW).total_seconds()), breach)])
    assert flips
    assert flips[-1][1] == FIRING
