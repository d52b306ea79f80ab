"""Limits: what they measure, when a breach opens and closes, and who may see them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import User
from portfolios.models import Portfolio
from portfolios.services import add_transaction
from risk import services
from risk.limits import Line, Measure
from risk.models import Breach, Limit
from risk.selectors import risk_answer
from risk.selectors.limits import limit_lines, limits_for, readings_for
from tests.risk.conftest import Hold

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100", "USDT": "20000"}


@pytest.mark.parametrize(
    ("measure", "threshold", "value", "used", "state", "distance"),
    [
        ("var", 0.08, 0.04, 0.5, "ok", 0.04),
        ("var", 0.08, 0.073, 0.9125, "near", 0.007),
        ("var", 0.08, 0.08, 1.0, "near", 0.0),
        ("var", 0.08, 0.1, 1.25, "over", -0.02),
        ("var", 0.08, -0.01, 0.0, "ok", 0.09),
        ("var", 0.08, None, None, "missing", None),
        ("stable_share", 0.2, 0.4, 0.5, "ok", 0.2),
        ("stable_share", 0.2, 0.21, 0.2 / 0.21, "near", 0.01),
        ("stable_share", 0.2, 0.2, 1.0, "near", 0.0),
        ("stable_share", 0.2, 0.1, 2.0, "over", -0.1),
        ("stable_share", 0.2, 0.0, None, "over", -0.2),
        ("days_to_liquidate", 5.0, 4.6, 0.92, "near", 0.4),
        ("volatility", 1.5, 1.6, 1.6 / 1.5, "over", -0.1),
    ],
)
def test_how_a_value_is_drawn(
    measure: str,
    threshold: float,
    value: float | None,
    used: float | None,
    state: str,
    distance: float | None,
) -> None:
    line = Line(Measure(measure), threshold)
    assert line.fraction_used(value) == (None if used is None else pytest.approx(used))
    assert line.state(value) == state
    assert line.distance(value) == (None if distance is None else pytest.approx(distance))
    assert line.unit == ("days" if measure == "days_to_liquidate" else "percent")


def draw(owner: User, measure: str, threshold: float, **more: Any) -> Limit:
    return services.create_limit(owner=owner, measure=measure, threshold=threshold, **more)


def test_every_measure_reads_the_answer(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    answer = risk_answer(portfolio)
    wide = risk_answer(portfolio, confidence=0.9, horizon=10)
    parts = {part["symbol"]: part for part in answer["contributions"]}
    coins = [part for part in parts.values() if part["kind"] == "coin"]
    expected: list[tuple[str, dict[str, Any], float]] = [
        ("var", {}, answer["var"]["historical"]["fraction"]),
        ("cvar", {}, answer["cvar"]["fraction"]),
        ("var", {"confidence": 0.9, "horizon": 10}, wide["var"]["historical"]["fraction"]),
        ("cvar", {"confidence": 0.9, "horizon": 10}, wide["cvar"]["fraction"]),
        ("volatility", {}, answer["volatility"]),
        ("max_drawdown", {}, -answer["max_drawdown"]),
        ("current_drawdown", {}, -answer["current_drawdown"]),
        ("largest_weight", {}, max(part["weight"] for part in coins)),
        ("largest_weight", {"symbol": "USDT"}, parts["USDT"]["weight"]),
        ("largest_weight", {"symbol": "DOGE"}, 0.0),
        ("largest_risk_share", {}, max(part["risk_share"] for part in coins)),
        ("largest_risk_share", {"symbol": "ETH"}, parts["ETH"]["risk_share"]),
        ("stable_share", {}, parts["USDT"]["weight"]),
        ("days_to_liquidate", {}, answer["liquidity"]["days"]),
    ]
    for measure, more, value in expected:
        limit = draw(owner, measure, 0.5, portfolio=portfolio.pk, **more)
        assert limit.value == pytest.approx(value, rel=1e-12), (measure, more)


def test_all_portfolios_are_one_book_in_the_persons_currency(
    owner: User, market: list[str], hold: Hold
) -> None:
    hold({"BTC": "1"})
    hold({"USDT": "40000"}, "Reserve")
    limit = draw(owner, "stable_share", 0.2)
    both = risk_answer(list(owner.portfolios.all()))
    stable = [part["weight"] for part in both["contributions"] if part["symbol"] == "USDT"]
    assert limit.value == pytest.approx(stable[0])
    assert limit.portfolio is None


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"measure": "luck"}, "measure"),
        ({"threshold": 0.0}, "threshold"),
        ({"threshold": -1.0}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": float("inf")}, "threshold"),
        ({"threshold": 8.0}, "threshold"),
        ({"confidence": 0.5}, "confidence"),
        ({"confidence": float("nan")}, "confidence"),
        ({"horizon": 0}, "horizon"),
        ({"portfolio": 999_999}, "portfolio"),
        ({"symbol": "NOSUCH", "measure": "largest_weight"}, "symbol"),
        ({"symbol": "BTC"}, "symbol"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_refusals_name_their_field(
    owner: User, market: list[str], spec: dict[str, Any], field: str
) -> None:
    usual: dict[str, Any] = {"measure": "var", "threshold": 0.08}
    with pytest.raises(ValidationError) as error:
        services.create_limit(owner=owner, **usual | spec)
    assert list(error.value.message_dict) == [field]
    assert not Limit.objects.exists()


def test_anothers_portfolio_cannot_be_limited(
    owner: User, stranger: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    with pytest.raises(ValidationError, match="no such portfolio"):
        draw(stranger, "var", 0.08, portfolio=portfolio.pk)


def buy(portfolio: Portfolio, symbol: str, quantity: str) -> None:
    """A deposit, which changes the weights and nothing else."""
    add_transaction(
        portfolio=portfolio,
        type="deposit",
        symbol=symbol,
        quantity=Decimal(quantity),
        executed_at=timezone.now() - timedelta(days=30),
        price=Decimal(1),
    )


def test_a_breach_opens_once_and_closes_once(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    limit = draw(owner, "stable_share", 0.05, portfolio=portfolio.pk)
    assert not limit.breaches.exists()
    buy(portfolio, "BTC", "90")
    (opened,) = services.evaluate_limits([portfolio.pk])
    assert services.evaluate_limits([portfolio.pk]) == []
    breach = limit.breaches.get()
    assert (breach.pk, breach.closed_at, breach.threshold) == (opened, None, 0.05)
    assert breach.value_at_open == breach.worst_value < 0.05
    assert breach.evidence["largest"][0]["symbol"] == "BTC"
    assert breach.evidence["observations"] == 365
    buy(portfolio, "BTC", "90")
    assert services.evaluate_limits([portfolio.pk]) == []
    breach.refresh_from_db()
    assert breach.worst_value < breach.value_at_open
    buy(portfolio, "USDT", "90000000")
    assert services.evaluate_limits([portfolio.pk]) == [opened]
    breach.refresh_from_db()
    assert breach.closed_at is not None
    assert services.evaluate_limits([portfolio.pk]) == []


def test_a_breach_that_comes_back_at_once_is_the_same(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    limit = draw(owner, "var", 0.001, portfolio=portfolio.pk)
    first = limit.breaches.get()
    first.closed_at = timezone.now() - timedelta(minutes=9)
    first.save()
    assert services.evaluate_limits(None) == [first.pk]
    assert limit.breaches.get().closed_at is None
    Breach.objects.update(closed_at=timezone.now() - timedelta(minutes=11))
    (second,) = services.evaluate_limits(None)
    assert second != first.pk
    assert limit.breaches.count() == 2


def test_the_snapshot_of_then_is_kept_as_evidence(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    services.recompute([portfolio.pk])
    limit = draw(owner, "var", 0.001, portfolio=portfolio.pk)
    assert limit.breaches.get().snapshot == portfolio.risk_snapshots.first()


def test_what_cannot_be_measured_flips_nothing(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold({})
    limit = draw(owner, "var", 0.001, portfolio=portfolio.pk)
    assert (limit.value, limit.missing) == (None, "Nothing with a price is held.")
    assert limit_lines(owner, portfolio)[0].state == "missing"
    assert not Breach.objects.exists()


def test_another_line_is_another_breach(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    limit = draw(owner, "var", 0.001, portfolio=portfolio.pk)
    services.update_limit(limit=limit, name="Tight")
    assert limit.breaches.filter(closed_at=None).count() == 1
    services.update_limit(limit=limit, threshold=0.002)
    assert [b.threshold for b in limit.breaches.filter(closed_at=None)] == [0.002]
    assert limit.breaches.count() == 2
    services.update_limit(limit=limit, threshold=0.9)
    assert not limit.breaches.filter(closed_at=None).exists()
    paused = services.update_limit(limit=limit, threshold=0.003, enabled=False)
    assert paused.value is None
    assert limit_lines(owner) == []


def test_lines_are_drawn_the_deepest_first(owner: User, market: list[str], hold: Hold) -> None:
    portfolio, other = hold(HELD), hold({"BTC": "1"}, "Other")
    draw(owner, "var", 0.9, portfolio=portfolio.pk)
    draw(owner, "var", 0.001, portfolio=portfolio.pk, name="Tight")
    draw(owner, "stable_share", 0.01)
    draw(owner, "volatility", 5.0, portfolio=other.pk)
    here = limit_lines(owner, portfolio)
    assert [(line.name, line.state) for line in here] == [
        ("Tight", "over"),
        ("1-day VaR 95 %", "ok"),
    ]
    assert here[0].since == Breach.objects.get().opened_at
    assert here[0].distance is not None
    assert here[0].distance < 0
    assert len(limit_lines(owner)) == 4


def test_what_is_about_a_portfolio_is_judged_with_it(
    owner: User, market: list[str], hold: Hold
) -> None:
    first, second = hold(HELD), hold({"BTC": "1"}, "Other")
    mine = draw(owner, "var", 0.5, portfolio=first.pk)
    others = draw(owner, "var", 0.5, portfolio=second.pk)
    together = draw(owner, "var", 0.5)
    Limit.objects.update(measured_at=None)
    services.evaluate_limits([first.pk])
    measured = {limit.pk for limit in Limit.objects.exclude(measured_at=None)}
    assert measured == {mine.pk, together.pk}
    assert others.pk not in measured


def test_an_older_measurement_never_overwrites_a_newer_one(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    limit = draw(owner, "var", 0.001, portfolio=portfolio.pk)
    later = timezone.now() + timedelta(hours=1)
    Limit.objects.update(measured_at=later, value=0.0005)
    Breach.objects.update(closed_at=timezone.now() - timedelta(hours=2))
    assert services.evaluate_limits([portfolio.pk]) == []
    limit.refresh_from_db()
    assert (limit.measured_at, limit.value) == (later, 0.0005)


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_breach(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    limits = [draw(owner, "var", 0.001, portfolio=portfolio.pk) for _ in range(3)]
    Breach.objects.all().delete()

    def work(_: int) -> list[int]:
        try:
            return services.evaluate_limits([portfolio.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = [pk for part in pool.map(work, range(6)) for pk in part]
    assert sorted(told) == sorted(Breach.objects.values_list("pk", flat=True))
    assert Breach.objects.count() == len(limits)


def test_one_look_for_all_limits_of_a_portfolio(
    owner: User, market: list[str], hold: Hold, django_assert_max_num_queries: Any
) -> None:
    portfolio = hold(HELD)
    for confidence in (0.9, 0.95, 0.99):
        draw(owner, "var", 0.5, portfolio=portfolio.pk, confidence=confidence)
    limits = list(limits_for(owner))
    with django_assert_max_num_queries(30) as seen:
        readings_for(limits[:1])
    alone = len(seen)
    with django_assert_max_num_queries(alone):
        readings_for(limits)
