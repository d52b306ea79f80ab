"""Ratios of money: published figures to their last digit, and why a figure may not exist."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios import ratios
from portfolios.money_weighted import annualised, modified_dietz, of_period, simple, xirr
from portfolios.ratios import Ratio

START = date(2020, 1, 1)

# Microsoft, documentation of XIRR
EXCEL = [
    (date(2008, 1, 1), -10000.0),
    (date(2008, 3, 1), 2750.0),
    (date(2008, 10, 30), 4250.0),
    (date(2009, 2, 15), 3250.0),
    (date(2009, 4, 1), 2750.0),
]


def test_xirr_of_the_documentation_of_excel() -> None:
    found = xirr(EXCEL).value
    assert found == pytest.approx(0.373362535, abs=1.5e-9)  # published
    assert found == pytest.approx(0.3733625335188301, rel=1e-12)  # solved exactly


@pytest.mark.parametrize(
    ("payments", "why"),
    [
        ([], ratios.ONE_SIGN),
        ([(START, -1.0)], ratios.ONE_SIGN),
        ([(START, -1.0), (START + timedelta(9), -2.0)], ratios.ONE_SIGN),
        ([(START, 1.0), (START + timedelta(9), 2.0)], ratios.ONE_SIGN),
        ([(START, 0.0), (START + timedelta(9), 0.0)], ratios.ONE_SIGN),
        ([(START, -1.0), (START, 2.0)], ratios.ONE_SIGN),  # one payment of 1
        (
            [(START, -1.0), (START + timedelta(365), 3.0), (START + timedelta(730), -2.5)],
            ratios.NO_RATE,
        ),
    ],
)
def test_payments_without_a_rate_say_why(payments: list[tuple[date, float]], why: Ratio) -> None:
    assert xirr(payments) == why


@pytest.mark.parametrize("rate", [-0.99999, -0.5, -1e-6, 0.0, 1e-9, 0.07, 3.0, 1e4, 1e9])
@pytest.mark.parametrize("days", [1, 30, 365, 3650])
def test_one_payment_and_its_fruit(rate: float, days: int) -> None:
    fruit = (1 + rate) ** (days / 365)
    found = xirr([(START, -1.0), (START + timedelta(days), fruit)]).value
    assert found == pytest.approx(rate, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("step", range(-8, 9))
@pytest.mark.parametrize("days", [7, 365, 2190])
def test_a_rate_on_a_step_of_the_search_is_found(step: int, days: int) -> None:
    """The solver brackets on a grid of log rates, 0.3 apart: a root may lie on it exactly."""
    rate = math.expm1(0.3 * step)
    dates = [START + timedelta(n) for n in range(0, days + 1, 7)]
    paid = [-1.0] * (len(dates) - 1)
    end = sum((1 + rate) ** ((dates[-1] - day).days / 365) for day in dates[:-1])
    found = xirr(list(zip(dates, [*paid, end], strict=True))).value
    assert found == pytest.approx(rate, rel=1e-6, abs=1e-9)


def test_of_several_rates_the_nearest_to_nothing_is_taken() -> None:
    # (1 + r) = 1.1 and 2.5: −1 + 3.6/(1+r) − 2.75/(1+r)²  # noqa: RUF003 is for people
    payments = [(START, -1.0), (START + timedelta(365), 3.6), (START + timedelta(730), -2.75)]
    assert xirr(payments).value == pytest.approx(0.1, abs=1e-9)


def test_the_order_of_payments_does_not_matter() -> None:
    assert xirr(EXCEL[::-1]).value == pytest.approx(xirr(EXCEL).value or 0, rel=1e-12)


def test_modified_dietz_of_the_textbook() -> None:
    days = {5: -15.05, 9: 19.82, 15: 16.42, 24: -18.96}
    flows = [(date(2025, 10, day), amount) for day, amount in days.items()]
    found = modified_dietz(585.60, 602.34, flows, date(2025, 10, 1), date(2025, 10, 31)).value
    assert found is not None
    assert round(found, 4) == 0.0245  # published
    assert found == pytest.approx(0.024541775196226186, rel=1e-12)
    at_work = (602.34 - 585.60 - sum(days.values())) / found
    assert round(at_work, 3) == 591.237  # published


def test_nothing_at_work_has_no_dietz() -> None:
    assert modified_dietz(0, 0, [], START, START) == ratios.NOT_INVESTED
    assert modified_dietz(10, 0, [(START, -20.0)], START, START + timedelta(9)).value is None


@pytest.mark.parametrize(
    ("fraction", "days", "expected"),
    [
        (Ratio(0.21), 730, 0.1),
        (Ratio(0.1), 365, 0.1),
        (Ratio(-0.19), 730, -0.1),
        (Ratio(0.5), 364, None),
        (Ratio(-1.0), 400, None),
        (ratios.NO_VALUE, 400, None),
    ],
)
def test_annualised(fraction: Ratio, days: int, expected: float | None) -> None:
    found = annualised(fraction, days)
    assert found.value == (None if expected is None else pytest.approx(expected))
    assert bool(found.reason) == (expected is None)


def test_a_yearly_rate_over_a_period() -> None:
    assert of_period(Ratio(0.21), 730).value == pytest.approx(0.4641)
    assert of_period(Ratio(1e12), 365_000).value is None
    assert of_period(ratios.ONE_DAY, 9) == ratios.ONE_DAY


def test_simple() -> None:
    assert simple(25.0, 100.0).value == 0.25
    assert simple(25.0, 0.0) == ratios.NOT_INVESTED


amounts = st.floats(-1e9, 1e9, allow_nan=False)
payments = st.lists(st.tuples(st.dates(date(2009, 1, 1), date(2040, 1, 1)), amounts), max_size=30)


@given(payments)
def test_whatever_is_paid_the_answer_is_a_number_or_a_reason(
    paid: list[tuple[date, float]],
) -> None:
    found = xirr(paid)
    assert (found.value is None) == bool(found.reason)
    if found.value is not None:
        assert found.value > -1
