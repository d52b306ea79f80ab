"""The REST contract of alerts, asked over HTTP by the owner and by a stranger."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from alerts import services
from alerts.models import Channel, Event, Rule
from markets.models import Candle, Interval, Market
from portfolios.models import Portfolio
from tests.alerts.conftest import MakeRule, SetPrice, SetRisk

Ask = Callable[..., Any]
RULES, CHANNELS, HISTORY = "/api/alerts/rules", "/api/alerts/channels", "/api/alerts/history"
SPEC: dict[str, Any] = {
    "subject": "price",
    "symbol": "BTC",
    "direction": "above",
    "threshold": "64000",
}


def _client(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api(owner: User) -> APIClient:
    return _client(owner)


def test_a_rule_is_made_read_changed_and_removed(api: APIClient, venue: object) -> None:
    made = api.post(RULES, SPEC | {"name": "Breakout", "cooldown": 600})
    assert made.status_code == 201, made.json()
    body = made.json()
    assert body["threshold"] == "64000"
    assert (body["symbol"], body["measure"], body["state"]) == ("BTC", "price", "ok")
    assert (body["cooldown"], body["hysteresis"], body["last_value"]) == (600, 0.01, None)
    kinds = set(Channel.objects.filter(pk__in=body["channels"]).values_list("kind", flat=True))
    assert kinds == {"in_app", "email"}
    address = f"{RULES}/{body['id']}"
    assert api.get(address).json()["name"] == "Breakout"
    changed = api.patch(address, {"threshold": "70000.5", "channels": []})
    assert (changed.json()["threshold"], changed.json()["channels"]) == ("70000.5", [])
    assert [rule["id"] for rule in api.get(RULES).json()["results"]] == [body["id"]]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": "NOPE"}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"portfolio": 1}, "portfolio"),
        ({"subject": "risk"}, "symbol"),
        ({"subject": "risk", "symbol": None}, "portfolio"),
        ({"subject": "risk", "symbol": None, "portfolio": 999_999}, "portfolio"),
        ({"subject": "weather"}, "subject"),
        ({"measure": "var"}, "measure"),
        ({"direction": "sideways"}, "direction"),
        ({"threshold": "0"}, "threshold"),
        ({"threshold": "-5"}, "threshold"),
        ({"threshold": "NaN"}, "threshold"),
        ({"threshold": "much"}, "threshold"),
        ({"threshold": "1e30"}, "threshold"),
        ({"hysteresis": -0.1}, "hysteresis"),
        ({"hysteresis": 0.51}, "hysteresis"),
        ({"hysteresis": "NaN"}, "hysteresis"),
        ({"cooldown": -1}, "cooldown"),
        ({"cooldown": 604_801}, "cooldown"),
        ({"channels": [999_999]}, "channels"),
        ({"channels": [2**70]}, "channels.0"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_a_bad_rule_gets_an_error_on_its_field(
    api: APIClient, venue: object, change: dict[str, Any], field: str
) -> None:
    answer = api.post(RULES, SPEC | change)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"], answer.json()
    assert Rule.objects.count() == 0


def test_a_rule_cannot_use_what_is_another_persons(
    api: APIClient, venue: object, stranger: User
) -> None:
    theirs = Portfolio.objects.create(owner=stranger, name="Theirs")
    spec = {"subject": "risk", "portfolio": theirs.pk, "direction": "above", "threshold": "0.1"}
    assert "portfolio" in api.post(RULES, spec).json()["error"]["fields"]
    (channel, _) = services.default_channels(stranger)
    answer = api.post(RULES, SPEC | {"channels": [channel.pk]})
    assert "channels" in answer.json()["error"]["fields"]


def test_a_var_line_is_a_fraction(api: APIClient, portfolio: Portfolio) -> None:
    spec = {"subject": "risk", "portfolio": portfolio.pk, "direction": "above", "threshold": "8"}
    assert "0.08" in api.post(RULES, spec).json()["error"]["fields"]["threshold"][0]
    made = api.post(RULES, spec | {"threshold": "0.08"}).json()
    assert (made["measure"], made["portfolio"], made["symbol"]) == ("var", portfolio.pk, None)


def test_another_line_starts_from_clear_another_name_does_not(
    api: APIClient, price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule()
    price("BTC", "101")
    services.evaluate_prices(None)
    address = f"{RULES}/{rule.pk}"
    renamed = api.patch(address, {"name": "Other", "cooldown": 60}).json()
    assert (renamed["state"], renamed["last_fired_at"] is None) == ("firing", False)
    moved = api.patch(address, {"threshold": "105"}).json()
    assert (moved["state"], moved["last_fired_at"]) == ("ok", None)


def test_a_rule_may_change_its_subject(
    api: APIClient, price_rule: MakeRule, portfolio: Portfolio
) -> None:
    rule = price_rule()
    change = {"subject": "risk", "portfolio": portfolio.pk, "threshold": "0.1"}
    changed = api.patch(f"{RULES}/{rule.pk}", change).json()
    assert (changed["symbol"], changed["portfolio"], changed["measure"]) == (
        None,
        portfolio.pk,
        "var",
    )


def test_the_stranger_sees_and_touches_nothing(
    stranger: User, owner: User, price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule()
    price("BTC", "101")
    services.evaluate_prices(None)
    channel = Channel.objects.filter(owner=owner).first()
    assert channel
    theirs = _client(stranger)
    for path in (f"{RULES}/{rule.pk}", f"{CHANNELS}/{channel.pk}"):
        assert theirs.get(path).status_code == 404
        assert theirs.patch(path, {"enabled": False}).status_code == 404
        assert theirs.delete(path).status_code == 404
    assert theirs.post(f"{CHANNELS}/{channel.pk}/test").status_code == 404
    for path in (RULES, CHANNELS, HISTORY):
        assert theirs.get(path).json()["results"] == []
    event = Event.objects.get()
    answer = theirs.post(f"{HISTORY}/read", {"ids": [event.pk]}).json()
    assert answer == {"marked": 0, "unread": 0}
    event.refresh_from_db()
    assert event.read_at is None


def test_nobody_gets_in_without_signing_in(db: None) -> None:
    for path in (RULES, CHANNELS, HISTORY, "/api/alerts/monitor/status"):
        assert APIClient().get(path).status_code in (401, 403)


def test_history_is_filtered_and_read(
    api: APIClient, price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule()
    for value in ("101", "80"):
        price("BTC", value)
        services.evaluate_prices(None)
    both = api.get(HISTORY).json()["results"]
    assert [event["fired"] for event in both] == [False, True]
    assert both[1]["value"] == "101"
    assert both[1]["evidence"]["threshold"] == "100"
    assert len(api.get(HISTORY, {"fired": "true", "rule": str(rule.pk)}).json()["results"]) == 1
    assert api.get(HISTORY, {"after": "soon"}).status_code == 400
    first = api.post(f"{HISTORY}/read", {"ids": [both[0]["id"]]}).json()
    assert first == {"marked": 1, "unread": 1}
    assert len(api.get(HISTORY, {"unread": "true"}).json()["results"]) == 1
    assert api.post(f"{HISTORY}/read", {"all": True}).json() == {"marked": 1, "unread": 0}
    assert "ids" in api.post(f"{HISTORY}/read", {}).json()["error"]["fields"]
    one = api.get(HISTORY, {"page_size": 1}).json()
    assert (len(one["results"]), bool(one["next"])) == (1, True)


def test_channels_are_ones_own_addresses(api: APIClient, owner: User) -> None:
    mine = api.post(CHANNELS, {"kind": "email"})
    assert (mine.status_code, mine.json()["address"]) == (201, "owner@example.com")
    again = api.post(CHANNELS, {"kind": "email", "address": "OWNER@example.com"})
    assert "address" in again.json()["error"]["fields"]
    for address in ("mate@example.com", "not an address"):
        answer = api.post(CHANNELS, {"kind": "email", "address": address})
        assert "address" in answer.json()["error"]["fields"]
    other = EmailAddress.objects.create(user=owner, email="other@example.com", verified=False)
    spec = {"kind": "email", "address": "other@example.com"}
    assert api.post(CHANNELS, spec).status_code == 400
    other.verified = True
    other.save()
    assert api.post(CHANNELS, spec).status_code == 201
    assert "kind" in api.post(CHANNELS, {"kind": "pigeon"}).json()["error"]["fields"]
    assert (
        "address"
        in api.post(CHANNELS, {"kind": "in_app", "address": "x"}).json()["error"]["fields"]
    )


def test_the_channel_in_the_app_is_switched_off_not_removed(api: APIClient, owner: User) -> None:
    in_app = services.default_channels(owner)[0]
    assert api.delete(f"{CHANNELS}/{in_app.pk}").status_code == 400
    assert api.patch(f"{CHANNELS}/{in_app.pk}", {"enabled": False}).json()["enabled"] is False
    assert in_app not in services.default_channels(owner)


def test_an_e_mail_channel_removed_stays_removed(api: APIClient, owner: User) -> None:
    in_app, mail = services.default_channels(owner)
    assert api.delete(f"{CHANNELS}/{mail.pk}").status_code == 204
    assert services.default_channels(owner) == [in_app]


def test_a_test_message_is_queued_and_shown(api: APIClient, owner: User) -> None:
    in_app, mail = services.default_channels(owner)
    sent = api.post(f"{CHANNELS}/{mail.pk}/test")
    assert (sent.status_code, sent.json()["state"]) == (202, "pending")
    assert api.post(f"{CHANNELS}/{in_app.pk}/test").json()["state"] == "sent"
    newest, oldest = api.get(HISTORY).json()["results"]
    assert (newest["value"], newest["threshold"], newest["rule"]) == (None, None, None)
    assert oldest["id"] == sent.json()["event"]
    status = api.get("/api/alerts/monitor/status").json()
    assert (status["queue_depth"], status["oldest_due_at"] is None) == (1, False)
    api.patch(f"{CHANNELS}/{mail.pk}", {"enabled": False})
    assert "enabled" in api.post(f"{CHANNELS}/{mail.pk}/test").json()["error"]["fields"]


def _candles(closes: list[str], interval: Interval) -> None:
    market = Market.objects.get(symbol="BTCUSDT")
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for age, close in enumerate(reversed(closes), start=1):
        Candle.objects.create(
            market=market,
            interval=interval,
            open_time=today - age * interval.length,
            open=Decimal(close),
            high=Decimal(close),
            low=Decimal(close),
            close=Decimal(close),
            volume=Decimal(1),
        )


def test_preview_tells_when_a_price_rule_would_have_fired(api: APIClient, venue: object) -> None:
    _candles(["90", "101", "95", "89", "102", "103"], Interval.D1)
    spec = SPEC | {"threshold": "100", "hysteresis": 0.1, "days": 30}
    answer = api.post(f"{RULES}/preview", spec).json()
    assert (answer["count"], answer["points"], answer["resolution"]) == (2, 6, "daily closes")
    first, second = answer["firings"]
    assert (first["value"], second["value"], second["cleared_at"]) == ("101", "102", None)
    assert first["cleared_at"] is not None
    assert Rule.objects.count() == 0


def test_preview_uses_hours_where_there_are_any(api: APIClient, venue: object) -> None:
    _candles(["50", "50", "50"], Interval.D1)
    _candles(["101", "80", "101"], Interval.H1)
    spec = SPEC | {"threshold": "100", "cooldown": 0, "days": 30}
    answer = api.post(f"{RULES}/preview", spec).json()
    assert (answer["count"], answer["resolution"]) == (2, "daily and hourly closes")


def test_preview_of_a_risk_rule(
    api: APIClient, portfolio: Portfolio, value_at_risk: SetRisk
) -> None:
    for hours, var in enumerate([0.07, None, 0.09, 0.09, 0.05]):
        value_at_risk(portfolio, var, age=timedelta(hours=hours + 1).total_seconds())
    spec = {"subject": "risk", "portfolio": portfolio.pk, "direction": "above", "threshold": "0.08"}
    answer = api.post(f"{RULES}/preview", spec | {"days": 2}).json()
    assert (answer["count"], answer["points"]) == (1, 5)
    assert (answer["firings"][0]["value"], answer["resolution"]) == (
        "0.09",
        "stored risk snapshots",
    )


def test_preview_without_history_says_so(api: APIClient, venue: object) -> None:
    answer = api.post(f"{RULES}/preview", SPEC).json()
    assert (answer["points"], answer["resolution"]) == (0, "no stored prices")
    assert "days" in api.post(f"{RULES}/preview", SPEC | {"days": 731}).json()["error"]["fields"]
    assert (
        "symbol" in api.post(f"{RULES}/preview", SPEC | {"symbol": "X"}).json()["error"]["fields"]
    )
