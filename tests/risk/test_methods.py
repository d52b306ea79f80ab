"""The two doors: every method at every horizon, against closed forms and a second computation."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from risk import measures
from risk.measures import Array, Method, Scaling, students

RNG = np.random.default_rng(42)
#: Fat-tailed and a little skewed, inside Maillard's domain.
RETURNS: Array = RNG.standard_t(7, 500) * 0.03 + 0.001
METHODS = list(Method)


def fraction(value: float | None) -> float:
    assert value is not None
    return value


@pytest.mark.parametrize("freedom", [2.5, 4.03, 5.0, 7.3, 30.0, 800.0])
@pytest.mark.parametrize("probability", [0.005, 0.01, 0.05, 0.2, 0.4, 0.5, 0.9, 0.995])
def test_student_t_is_scipys(freedom: float, probability: float) -> None:
    t = students.quantile(probability, freedom)
    assert t == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-10, abs=1e-15)
    assert students.distribution(t, freedom) == pytest.approx(probability, rel=1e-11)
    assert students.density(t, freedom) == pytest.approx(stats.t.pdf(t, freedom), rel=1e-11)


def test_student_t_by_moments() -> None:
    kurtosis = fraction(measures.excess_kurtosis(RETURNS))
    freedom = 4 + 6 / kurtosis
    assert measures.degrees_of_freedom(RETURNS) == pytest.approx(freedom)
    scale = RETURNS.std(ddof=1) * math.sqrt((freedom - 2) / freedom)
    fitted = stats.t(freedom, RETURNS.mean(), scale)
    assert measures.student_t_var(RETURNS, 0.99) == pytest.approx(-fitted.ppf(0.01), rel=1e-10)
    tail, _ = integrate.quad(lambda x: x * fitted.pdf(x), -np.inf, fitted.ppf(0.01))
    assert measures.student_t_cvar(RETURNS, 0.99) == pytest.approx(-tail / 0.01, rel=1e-6)


def test_student_t_without_fat_tails_is_the_bell_curve() -> None:
    flat = np.tile([-0.02, 0.02, 0.01, -0.01], 50)
    assert measures.degrees_of_freedom(flat) == math.inf
    assert measures.student_t_var(flat) == measures.parametric_var(flat)
    assert measures.student_t_cvar(flat) == measures.parametric_cvar(flat)


def test_cvar_of_the_bell_curves() -> None:
    normal = statistics.NormalDist()
    beyond = normal.pdf(normal.inv_cdf(0.05)) / 0.05
    mean, deviation = RETURNS.mean(), RETURNS.std(ddof=1)
    assert measures.parametric_cvar(RETURNS) == pytest.approx(-mean + deviation * beyond)
    recent = fraction(measures.ewma_volatility(RETURNS))
    assert measures.ewma_cvar(RETURNS) == pytest.approx(recent * beyond)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_cornish_fishers_cvar_is_the_mean_of_its_quantiles(confidence: float) -> None:
    places = np.linspace(confidence, 1 - 1e-9, 200_001)
    alphas = 1 - places
    spots = [measures.cornish_fisher_var(RETURNS, c) for c in (0.9, 0.95, 0.99)]
    assert None not in spots
    z = stats.norm.ppf(alphas)
    skew = fraction(measures.skewness(RETURNS))
    kurtosis = fraction(measures.excess_kurtosis(RETURNS))
    w = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    w -= (2 * z**3 - 5 * z) * skew**2 / 36
    mean = integrate.trapezoid(-(RETURNS.mean() + w * RETURNS.std(ddof=1)), places)
    computed = measures.cornish_fisher_cvar(RETURNS, confidence)
    assert computed == pytest.approx(mean / (1 - confidence), rel=1e-4)


def test_the_filter_step_by_step() -> None:
    variance = float(np.mean(RETURNS**2))
    least, residuals = 0.01 * variance, []
    for observed in RETURNS.tolist():
        residuals.append(observed / math.sqrt(variance))
        variance = max(0.94 * variance + 0.06 * observed**2, least)
    today = math.sqrt(variance)
    by_hand = -np.quantile(np.array(residuals) * today, 0.05)
    assert measures.filtered_historical_var(RETURNS) == pytest.approx(by_hand, rel=1e-12)


def test_the_filter_follows_the_weather() -> None:
    calm, storm = RETURNS[:250] * 0.3, RETURNS[:250] * 2
    after_storm = fraction(measures.filtered_historical_var(np.concatenate([calm, storm])))
    after_calm = fraction(measures.filtered_historical_var(np.concatenate([storm, calm])))
    plain = fraction(measures.historical_var(np.concatenate([storm, calm])))
    assert after_calm < plain < after_storm


def test_a_first_move_after_years_of_calm_is_no_infinite_surprise() -> None:
    pegged = np.concatenate([np.zeros(3000), [0.02, -0.03, 0.01]])
    assert 0 <= fraction(measures.filtered_historical_cvar(pegged, 0.99)) < 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("horizon", [1, 10, 30])
def test_the_square_root_of_time(method: Method, horizon: int) -> None:
    for door in (measures.var, measures.cvar):
        day = fraction(door(method, RETURNS, confidence=0.95))
        loss = door(method.value, RETURNS, confidence=0.95, horizon=horizon)
        assert loss == pytest.approx(day * math.sqrt(horizon), rel=1e-12)


def test_overlapping_periods_by_hand() -> None:
    periods = [math.prod(1 + RETURNS[at : at + 10]) - 1 for at in range(RETURNS.size - 9)]
    loss = measures.var(
        Method.HISTORICAL, RETURNS, confidence=0.95, horizon=10, scaling=Scaling.OVERLAPPING
    )
    assert loss == pytest.approx(-np.quantile(periods, 0.05), rel=1e-12)
    assert measures.overlapping_returns(RETURNS[:9], 10).size == 0


@pytest.mark.parametrize("method", METHODS)
def test_who_has_overlapping_periods(method: Method) -> None:
    loss = measures.cvar(method, RETURNS, horizon=5, scaling="overlapping")
    has = method in {Method.HISTORICAL, Method.FILTERED_HISTORICAL}
    assert (loss is not None) is has


@pytest.mark.parametrize("method", METHODS)
def test_simulated_paths_are_seeded_and_near_the_root_of_time(method: Method) -> None:
    asked = {"confidence": 0.95, "horizon": 10, "scaling": Scaling.SIMULATED}
    once = fraction(measures.var(method, RETURNS, seed=3, **asked))  # type: ignore[arg-type]
    assert measures.var(method, RETURNS, seed=3, **asked) == once  # type: ignore[arg-type]
    assert measures.var(method, RETURNS, seed=4, **asked) != once  # type: ignore[arg-type]
    rooted = fraction(measures.var(method, RETURNS, horizon=10))
    assert 0.6 * rooted < once < 1.5 * rooted


@pytest.mark.parametrize("scaling", list(Scaling))
@pytest.mark.parametrize("method", METHODS)
def test_no_horizon_invents_anything(method: Method, scaling: Scaling) -> None:
    for returns in ([], [0.01], [math.nan] * 5):
        assert measures.var(method, returns, horizon=7, scaling=scaling) is None
    still = measures.cvar(method, np.zeros(300), horizon=7, scaling=scaling)
    assert still is None or still == 0.0


def test_unknown_names_and_horizons_are_refused() -> None:
    with pytest.raises(ValueError, match="magic"):
        measures.var("magic", RETURNS)
    with pytest.raises(ValueError, match="cube"):
        measures.cvar(Method.EWMA, RETURNS, scaling="cube")
    with pytest.raises(ValueError, match="at least one day"):
        measures.var(Method.EWMA, RETURNS, horizon=0)


# --- What must hold for any returns -------------------------------------------------------------

ANY = st.floats(-0.5, 0.8, allow_nan=False).map(lambda value: round(value, 6))
LONG = arrays(np.float64, st.integers(200, 260), elements=ANY)
CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.975])
SOME = st.sampled_from(METHODS)


@given(LONG, SOME, CONFIDENCE)
@settings(max_examples=150, deadline=None)
def test_var_is_at_most_cvar(returns: Array, method: Method, c: float) -> None:
    var, cvar = (door(method, returns, confidence=c) for door in (measures.var, measures.cvar))
    assert (var is None) == (cvar is None)
    if var is not None and cvar is not None:
        assert var <= cvar + 1e-12


@given(LONG, SOME, CONFIDENCE, st.floats(0.01, 1.0))
@settings(max_examples=150, deadline=None)
def test_adding_cash_scales_every_loss(returns: Array, method: Method, c: float, f: float) -> None:
    """A share f in the market and the rest in money is f times the loss, hence less of it."""
    for door in (measures.var, measures.cvar):
        whole, part = door(method, returns, confidence=c), door(method, returns * f, confidence=c)
        if whole is not None and part is not None:
            assert part == pytest.approx(whole * f, rel=1e-6, abs=1e-9)


@given(LONG, st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_nothing_overlapping_loses_more_than_all(returns: Array, horizon: int) -> None:
    periods = measures.overlapping_returns(returns, horizon)
    assert (periods >= -1).all()
    assert periods.size == returns.size - horizon + 1
