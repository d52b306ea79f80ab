"""The page Alerts as a browser asks for it, dialogs by htmx and without."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from alerts import services
from alerts.models import Channel, Event, Rule
from portfolios.models import Portfolio
from tests.alerts.conftest import MakeRule, SetPrice, SetRisk

HTMX = {"HX-Request": "true"}
FORM = {
    "subject": "price",
    "symbol": "btc",
    "portfolio": "",
    "direction": "above",
    "threshold": "64000",
    "hysteresis": "1",
    "cooldown": "30",
    "name": "",
}


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_empty_page_says_what_to_do(browser: Client) -> None:
    text = _text(browser.get("/alerts/"))
    assert "No lines drawn yet" in text
    assert "Nothing has happened" in text
    assert "owner@example.com" in text
    assert "style=" not in text.split('<main id="main"')[1].split("</main>")[0]


def test_the_page_asks_for_sign_in(client: Client, db: None) -> None:
    assert client.get("/alerts/").status_code == 302


def test_a_rule_over_its_line_is_drawn_so(
    browser: Client, price_rule: MakeRule, price: SetPrice
) -> None:
    price_rule(name="Breakout")
    price("BTC", "101")
    services.evaluate_prices(None)
    text = _text(browser.get("/alerts/"))
    assert "Breakout" in text
    assert "Over the line" in text
    assert "Breakout: BTC rose above $100" in text
    assert "1 unread" in text


def test_a_missing_price_is_said_to_be_missing(browser: Client, price_rule: MakeRule) -> None:
    price_rule()
    assert "There is no price of BTC." in _text(browser.get("/alerts/lines"))


def test_a_held_breach_says_until_when(
    browser: Client, price_rule: MakeRule, price: SetPrice
) -> None:
    price_rule()
    for value in ("101", "80", "130"):
        price("BTC", value)
        services.evaluate_prices(None)
    assert "quiet until" in _text(browser.get("/alerts/lines"))


def test_hidden_figures_stay_hidden_in_the_history(
    browser: Client, owner: User, portfolio: Portfolio, value_at_risk: SetRisk
) -> None:
    services.create_rule(
        owner=owner,
        subject="risk",
        portfolio=portfolio.pk,
        direction="above",
        threshold=Decimal("0.08"),
    )
    value_at_risk(portfolio, 0.0912)
    services.evaluate_risk(None)
    assert "9.12 %" in _text(browser.get("/alerts/"))
    owner.preferences.privacy = "all"
    owner.preferences.save()
    text = _text(browser.get("/alerts/"))
    assert "9.12" not in text
    assert "over the line" in text


def test_a_rule_is_drawn_in_the_dialog(browser: Client, owner: User, venue: object) -> None:
    form = _text(browser.get("/alerts/rules/new", headers=HTMX))
    assert "Draw a line" in form
    assert "<html" not in form
    channel = services.default_channels(owner)[0]
    answer = browser.post("/alerts/rules/new", FORM | {"channels": [channel.pk]}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/alerts/"
    rule = Rule.objects.get()
    assert (rule.owner, rule.threshold, rule.hysteresis) == (owner, Decimal(64000), 0.01)
    assert list(rule.channels.all()) == [channel]


def test_without_scripts_the_dialog_is_a_page(browser: Client, venue: object) -> None:
    assert "<html" in _text(browser.get("/alerts/rules/new?symbol=ETH"))
    assert browser.post("/alerts/rules/new", FORM).status_code == 302


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbol": "NOPE"}, "There is no asset NOPE."),
        ({"symbol": ""}, "Say which asset."),
        ({"threshold": "0"}, "The line must be a number above 0."),
        ({"threshold": ""}, "This field is required."),
        ({"subject": "risk", "threshold": "8"}, "Say which portfolio."),
        ({"subject": "risk", "portfolio": "12345"}, "Select a valid choice."),
        ({"subject": "risk", "threshold": "120"}, "between 0 and 100"),
        ({"hysteresis": "51"}, "less than or equal to 50"),
        ({"cooldown": "20000"}, "less than or equal to 10080"),
    ],
)
def test_what_is_wrong_is_said_on_its_field(
    browser: Client, portfolio: Portfolio, venue: object, change: dict[str, str], words: str
) -> None:
    answer = browser.post("/alerts/rules/new", FORM | change, headers=HTMX)
    assert words in _text(answer)
    assert 'class="error"' in _text(answer)
    assert Rule.objects.count() == 0


def test_a_var_is_typed_in_percent(browser: Client, owner: User, portfolio: Portfolio) -> None:
    form = FORM | {"subject": "risk", "portfolio": portfolio.pk, "threshold": "8.5", "symbol": ""}
    browser.post("/alerts/rules/new", form)
    rule = Rule.objects.get()
    assert rule.threshold == Decimal("0.085")
    text = _text(browser.get(f"/alerts/rules/{rule.pk}/edit", headers=HTMX))
    assert 'value="8.5"' in text
    browser.post(f"/alerts/rules/{rule.pk}/edit", form | {"threshold": "9"})
    rule.refresh_from_db()
    assert rule.threshold == Decimal("0.09")


def test_rules_are_paused_and_deleted(browser: Client, price_rule: MakeRule) -> None:
    rule = price_rule()
    browser.post(f"/alerts/rules/{rule.pk}/switch")
    rule.refresh_from_db()
    assert not rule.enabled
    assert "Paused" in _text(browser.get("/alerts/lines"))
    assert "Delete this rule?" in _text(browser.get(f"/alerts/rules/{rule.pk}/delete"))
    browser.post(f"/alerts/rules/{rule.pk}/delete")
    assert Rule.objects.count() == 0


def test_the_preview_shows_what_the_form_says(browser: Client, venue: object) -> None:
    answer = browser.post("/alerts/rules/preview", FORM, headers=HTMX)
    assert "No history to try it on" in _text(answer)
    answer = browser.post("/alerts/rules/preview", FORM | {"threshold": ""}, headers=HTMX)
    assert "Fill the line in" in _text(answer)


def test_history_filters_and_marks_read(
    browser: Client, price_rule: MakeRule, price: SetPrice
) -> None:
    rule = price_rule()
    for value in ("101", "80"):
        price("BTC", value)
        services.evaluate_prices(None)
    fired = _text(browser.get(f"/alerts/history?show=fired&rule={rule.pk}"))
    assert "BTC rose above" in fired
    assert "BTC is back" not in fired
    browser.post("/alerts/read")
    assert Event.objects.filter(read_at=None).count() == 0
    assert "Nothing in the history matches" in _text(browser.get("/alerts/history?show=unread"))
    assert browser.get("/alerts/history?show=x&rule=y&before=z").status_code == 200


def test_old_history_is_paged(browser: Client, owner: User) -> None:
    channel = services.default_channels(owner)[0]
    for _ in range(31):
        services.send_test(channel=channel)
    first = _text(browser.get("/alerts/history"))
    assert "Older alerts" in first
    oldest = Event.objects.order_by("pk")[1].pk
    second = _text(browser.get(f"/alerts/history?before={oldest}"))
    assert second.count("Test message") == 1


def test_channels_are_added_tried_switched_and_removed(browser: Client, owner: User) -> None:
    mail = services.default_channels(owner)[1]
    refused = browser.post("/alerts/channels/new", {"address": "mate@example.com"}, headers=HTMX)
    assert "is not yours yet" in _text(refused)
    browser.post(f"/alerts/channels/{mail.pk}/test")
    assert Event.objects.get().deliveries.get().channel == mail
    browser.post(f"/alerts/channels/{mail.pk}/switch")
    mail.refresh_from_db()
    assert not mail.enabled
    browser.post(f"/alerts/channels/{mail.pk}/test")
    assert Event.objects.count() == 1
    browser.post(f"/alerts/channels/{mail.pk}/delete")
    assert not Channel.objects.filter(pk=mail.pk).exists()


def test_the_stranger_gets_404(
    client: Client, stranger: User, owner: User, price_rule: MakeRule
) -> None:
    rule, channel = price_rule(), services.default_channels(owner)[1]
    client.force_login(stranger)
    for verb in ("edit", "delete"):
        assert client.get(f"/alerts/rules/{rule.pk}/{verb}").status_code == 404
        assert client.post(f"/alerts/rules/{rule.pk}/{verb}", FORM).status_code == 404
    assert client.post(f"/alerts/rules/{rule.pk}/switch").status_code == 404
    for verb in ("test", "switch", "delete"):
        assert client.post(f"/alerts/channels/{channel.pk}/{verb}").status_code == 404
    assert "Breakout" not in _text(client.get("/alerts/"))


def test_the_admin_shows_the_queue_and_sends_failures_again(
    client: Client, owner: User, price_rule: MakeRule, price: SetPrice
) -> None:
    price_rule()
    price("BTC", "101")
    services.evaluate_prices(None)
    event = Event.objects.get()
    event.deliveries.update(state="failed")
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    client.force_login(User.objects.get(pk=owner.pk))
    for model in ("channel", "rule", "event", "delivery"):
        assert client.get(f"/admin/alerts/{model}/?q=owner").status_code == 200
    assert client.get(f"/admin/alerts/event/{event.pk}/change/").status_code == 200
    chosen = list(event.deliveries.values_list("pk", flat=True))
    client.post("/admin/alerts/delivery/", {"action": "retry", "_selected_action": chosen})
    assert {d.state for d in event.deliveries.all()} == {"pending"}


def test_a_rule_without_a_name_is_called_by_what_it_watches(
    owner: User, price_rule: MakeRule, portfolio: Portfolio
) -> None:
    spec: dict[str, Any] = {"direction": "above", "threshold": Decimal("0.1")}
    risk = services.create_rule(owner=owner, subject="risk", portfolio=portfolio.pk, **spec)
    assert [str(price_rule()), str(risk)] == ["BTC price", "Calm core: 1-day VaR"]
    assert str(price_rule(name="Breakout")) == "Breakout"
