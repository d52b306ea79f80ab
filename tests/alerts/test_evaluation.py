"""Rules judged on real rows: events, deliveries, cooldowns, missing values, two workers at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from alerts import services
from alerts.models import ChannelKind, Delivery, Event, Rule
from alerts.selectors import load_lines, readings_for
from alerts.selectors.monitor import LAST_EVALUATION
from portfolios.models import Portfolio
from risk import services as risk_services
from risk.models import RiskSnapshot
from tests.alerts.conftest import MakeRule, SetPrice, SetRisk


def test_a_price_over_the_line_writes_one_event_and_what_it_owes(
    price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule()
    price("BTC", "101.5")
    (event_id,) = services.evaluate_prices({"BTC"})
    event = Event.objects.get(pk=event_id)
    assert (event.fired, event.value, event.threshold) == (True, Decimal("101.5"), Decimal(100))
    assert event.title == "BTC rose above $100"
    assert event.message == "BTC is at $101.50; your line is $100. It clears at $90 or less."
    assert event.evidence["source"] == "test"
    assert event.evidence["clears_at"] == "90"
    owed = {d.channel.kind: d.state for d in event.deliveries.all()}
    assert owed == {ChannelKind.IN_APP: "sent", ChannelKind.EMAIL: "pending"}
    rule.refresh_from_db()
    assert (rule.state, rule.last_value) == ("firing", Decimal("101.5"))
    assert services.evaluate_prices({"BTC"}) == []


def test_ok_firing_ok(price_rule: MakeRule, price: SetPrice) -> None:
    price_rule()
    told = []
    for value in ("99", "101", "95", "120", "90", "100", "89"):
        price("BTC", value)
        told += services.evaluate_prices({"BTC"})
    titles = [Event.objects.get(pk=pk).title for pk in told]
    assert titles == ["BTC rose above $100", "BTC is back under $100"]


def test_only_the_rules_of_moved_symbols_are_judged(price_rule: MakeRule, price: SetPrice) -> None:
    price_rule()
    price("BTC", "200")
    assert services.evaluate_prices({"ETH"}) == []
    assert services.evaluate_prices(set()) == []
    assert len(services.evaluate_prices(None)) == 1


def test_a_held_breach_is_told_after_the_cooldown_though_nothing_moves(
    price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule(cooldown=timedelta(minutes=30))
    for value in ("101", "80", "130"):
        price("BTC", value)
        services.evaluate_prices({"BTC"})
    assert Event.objects.count() == 2  # fired, cleared; the second breach is held
    _pass_time(rule, timedelta(minutes=31))
    assert len(services.evaluate_prices({"ETH"})) == 1
    assert services.evaluate_prices({"ETH"}) == []


def _pass_time(rule: Rule, span: timedelta) -> None:
    rule.refresh_from_db()
    assert rule.last_fired_at
    assert rule.last_evaluated_at
    Rule.objects.filter(pk=rule.pk).update(
        last_fired_at=rule.last_fired_at - span, last_evaluated_at=rule.last_evaluated_at - span
    )


@pytest.mark.parametrize("age", [400, 90_000])
def test_a_stale_price_changes_nothing(price_rule: MakeRule, price: SetPrice, age: float) -> None:
    rule = price_rule()
    price("BTC", "500", age=age)
    assert services.evaluate_prices(None) == []
    rule.refresh_from_db()
    assert (rule.state, rule.last_value, rule.last_evaluated_at) == ("ok", None, None)


def test_without_a_price_nothing_happens(price_rule: MakeRule) -> None:
    price_rule(direction="below")
    assert services.evaluate_prices(None) == []


def test_a_paused_rule_is_not_judged(price_rule: MakeRule, price: SetPrice) -> None:
    price_rule(enabled=False)
    price("BTC", "101")
    assert services.evaluate_prices(None) == []


def test_value_at_risk_above_its_limit(
    owner: User, portfolio: Portfolio, value_at_risk: SetRisk
) -> None:
    services.create_rule(
        owner=owner,
        subject="risk",
        portfolio=portfolio.pk,
        direction="above",
        threshold=Decimal("0.08"),
        cooldown=timedelta(0),
    )
    value_at_risk(portfolio, 0.09, age=60)
    value_at_risk(portfolio, 0.07)  # the newest counts
    assert services.evaluate_risk([portfolio.pk]) == []
    value_at_risk(portfolio, None)
    assert services.evaluate_risk([portfolio.pk]) == []
    value_at_risk(portfolio, 0.0843)
    (event_id,) = services.evaluate_risk([portfolio.pk])
    event = Event.objects.get(pk=event_id)
    assert event.value == Decimal("0.0843")
    assert event.title == "Calm core: 1-day VaR above 8 %"
    assert event.message == (
        "On 1 day in 20 Calm core could lose 8.43 % or more; your line is 8 %. "
        "It clears at 7.92 % or less."
    )
    value_at_risk(portfolio, 0.079)
    assert services.evaluate_risk([portfolio.pk + 1]) == []
    (cleared,) = services.evaluate_risk(None)
    assert Event.objects.get(pk=cleared).title == "Calm core: 1-day VaR back under 8 %"


def test_after_the_commit_the_page_and_the_worker_hear_of_it(
    price_rule: MakeRule,
    price: SetPrice,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    price_rule()
    price("BTC", "101")
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        services.evaluate_prices(None)
    assert len(callbacks) == 1


def test_an_event_not_owed_to_the_app_is_in_the_history_as_read(
    owner: User, price_rule: MakeRule, price: SetPrice
) -> None:
    price_rule(channels=[])
    price("BTC", "101")
    (event_id,) = services.evaluate_prices(None)
    event = Event.objects.get(pk=event_id)
    assert event.read_at is not None
    assert event.deliveries.count() == 0


def test_a_channel_that_is_off_is_owed_nothing(
    owner: User, price_rule: MakeRule, price: SetPrice
) -> None:
    price_rule()
    owner.alert_channels.filter(kind="email").update(enabled=False)
    price("BTC", "101")
    services.evaluate_prices(None)
    assert [d.channel.kind for d in Delivery.objects.all()] == ["in_app"]


def test_many_rules_cost_the_same_few_queries(price_rule: MakeRule, price: SetPrice) -> None:
    for _ in range(3):
        price_rule()
    price("BTC", "50")
    with CaptureQueriesContext(
        connection,
    ) as few:
        services.evaluate_prices({"BTC"})
    for _ in range(30):
        price_rule()
    Rule.objects.update(last_evaluated_at=None)
    with CaptureQueriesContext(connection) as many:
        services.evaluate_prices({"BTC"})
    assert len(many) == len(few) <= 6
    with CaptureQueriesContext(connection) as again:  # within REMEMBER_EVERY nothing is written
        services.evaluate_prices({"BTC"})
    assert not [query for query in again if query["sql"].lstrip().startswith("UPDATE")]


def test_the_last_evaluation_is_noted(price_rule: MakeRule, price: SetPrice) -> None:
    price_rule()
    price("BTC", "101")
    services.evaluate_prices(None)
    noted = cache.get(LAST_EVALUATION)
    assert (noted["rules"], noted["events"]) == (1, 1)
    assert timezone.now() - noted["at"] < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_flip_once(
    transactional_db: None, price_rule: MakeRule, price: SetPrice
) -> None:
    rules = [price_rule() for _ in range(5)]
    price("BTC", "101")
    start = threading.Barrier(4)

    def work() -> list[int]:
        start.wait()
        try:
            return services.evaluate_prices({"BTC"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = [pk for future in [pool.submit(work) for _ in range(4)] for pk in future.result()]
    assert len(told) == len(set(told)) == Event.objects.count() == len(rules)
    assert Delivery.objects.count() == 2 * len(rules)


@pytest.mark.parametrize(
    ("measure", "threshold", "title", "says"),
    [
        ("cvar", "0.05", "1-day CVaR above 5 %", "loses 6 % on average"),
        ("volatility", "0.7", "volatility above 70 %", "is 80 % a year"),
        ("score", "6.5", "risk score above 6.5", "is 7.2 of 10"),
        ("current_drawdown", "0.2", "drawdown above 20 %", "25 % below its peak"),
        ("risk_share", "0.5", "largest share of risk above 50 %", "carries 62 % of the risk"),
    ],
)
def test_every_measure_of_risk_can_be_watched(
    owner: User, portfolio: Portfolio, measure: str, threshold: str, title: str, says: str
) -> None:
    RiskSnapshot.objects.create(
        portfolio=portfolio,
        as_of=timezone.now(),
        revision=1,
        window_days=365,
        observations=365,
        cvar=0.06,
        volatility=0.8,
        score=7.2,
        answer={
            "current_drawdown": -0.25,
            "contributions": [
                {"kind": "coin", "risk_share": 0.62},
                {"kind": "coin", "risk_share": None},
                {"kind": "stablecoin", "risk_share": 0.9},
            ],
        },
    )
    rule = services.create_rule(
        owner=owner,
        subject="risk",
        measure=measure,
        portfolio=portfolio.pk,
        direction="above",
        threshold=Decimal(threshold),
    )
    services.evaluate_risk([portfolio.pk])
    event = rule.events.get()
    assert event.title == f"{portfolio.name}: {title}"
    assert says in event.message
    line = next(line for line in load_lines(owner, portfolio))
    assert (line.state, line.unit) == ("over", "score" if measure == "score" else "percent")


def test_a_measure_without_a_value_says_so(owner: User, portfolio: Portfolio) -> None:
    RiskSnapshot.objects.create(
        portfolio=portfolio,
        as_of=timezone.now(),
        revision=1,
        window_days=365,
        observations=20,
        answer={},
    )
    for measure in ("cvar", "score", "current_drawdown", "risk_share"):
        rule = services.create_rule(
            owner=owner,
            subject="risk",
            measure=measure,
            portfolio=portfolio.pk,
            direction="above",
            threshold=Decimal("0.5") if measure != "score" else Decimal(5),
        )
        assert "too short" in readings_for([rule])[rule.pk].missing
    assert services.evaluate_risk(None) == []


def test_a_limit_and_a_rule_on_the_same_line_are_drawn_once(
    owner: User, portfolio: Portfolio, venue: object
) -> None:
    spec = {"owner": owner, "subject": "risk", "portfolio": portfolio.pk, "direction": "above"}
    same = services.create_rule(**spec, measure="var", threshold=Decimal("0.08"))  # type: ignore[arg-type]
    services.create_rule(**spec, measure="var", threshold=Decimal("0.09"))  # type: ignore[arg-type]
    services.create_rule(**spec, measure="risk_share", threshold=Decimal("0.5"))  # type: ignore[arg-type]
    for measure, threshold in (("var", 0.08), ("largest_risk_share", 0.5), ("cvar", 0.08)):
        risk_services.create_limit(
            owner=owner, measure=measure, threshold=threshold, portfolio=portfolio.pk
        )
    lines = load_lines(owner, portfolio)
    assert len(lines) == 4
    (both,) = [line for line in lines if line.measure == "var" and line.limit == 0.08]
    assert both.rule_id == same.pk
    assert both.limit_id is not None


def test_a_rule_keeps_its_measure_until_its_subject_changes(
    owner: User, portfolio: Portfolio, venue: object
) -> None:
    rule = services.create_rule(
        owner=owner,
        subject="risk",
        measure="cvar",
        portfolio=portfolio.pk,
        direction="above",
        threshold=Decimal("0.08"),
    )
    assert services.update_rule(rule=rule, threshold=Decimal("0.1")).measure == "cvar"
    assert services.update_rule(rule=rule, subject="risk").measure == "cvar"
    changed = services.update_rule(rule=rule, subject="price", symbol="BTC")
    assert changed.measure == "price"
    assert (
        services.update_rule(rule=changed, subject="risk", portfolio=portfolio.pk).measure == "var"
    )
