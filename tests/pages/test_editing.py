"""Dialogs: what is refused stands at its field; what is accepted is in the ledger at once."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from portfolios.models import Portfolio, Share, Transaction
from tests.pages.conftest import close_of

HTMX = {"HX-Request": "true", "HX-Target": "dialog"}


def content(**changes: str) -> dict[str, str]:
    return {
        "type": "sell",
        "symbol": "btc",
        "quantity": "0.5",
        "price": "60000",
        "currency": "USD",
        "executed_at": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}",
        **changes,
    }


def error_at(html: str, field: str) -> str:
    """The message that the field's own description names."""
    tag = re.search(rf'<(?:input|select)[^>]*name="{field}"[^>]*>', html)
    assert tag, f"no field {field}"
    assert 'aria-invalid="true"' in tag[0], f"{field} is not marked"
    described = re.search(r'aria-describedby="([^"]+)"', tag[0])
    assert described
    message = re.search(rf'id="{described[1].split()[0]}">(.*?)</p>', html, re.S)
    assert message
    return message[1]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"quantity": "3"}, "quantity", "held"),
        ({"quantity": "-1"}, "quantity", "greater than zero"),
        ({"quantity": ""}, "quantity", "required"),
        ({"quantity": "many"}, "quantity", "number"),
        ({"symbol": "BTX"}, "symbol", "Did you mean"),
        ({"price": ""}, "price", "needs its price"),
        ({"executed_at": "2100-01-01T00:00"}, "executed_at", "future"),
        ({"executed_at": "yesterday"}, "executed_at", "valid date"),
        ({"type": "gift"}, "type", "valid choice"),
        ({"currency": "XYZ"}, "currency", "XYZ"),
    ],
)
def test_what_is_refused_stands_at_its_field(
    hers: Client, portfolio: Portfolio, change: dict[str, str], field: str, message: str
) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    response = hers.post(path, content(**change))
    assert response.status_code == 422
    assert message in error_at(response.content.decode(), field)
    assert hers.post(path, content(**change), headers=HTMX).status_code == 200
    assert Transaction.objects.filter(type="sell").count() == 0


def test_everything_wrong_is_said_at_once(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    wrong = content(symbol="BTX", quantity="-1", price="")
    html = hers.post(path, wrong, headers=HTMX).content.decode()
    for field in ("symbol", "quantity", "price"):
        assert error_at(html, field)
    assert 'value="BTX"' in html


def test_a_sale_is_in_the_holdings_at_once(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    response = hers.post(path, content(), headers=HTMX)
    assert response.status_code == 204
    events = json.loads(response["HX-Trigger"])
    assert {"dialog:close", "portfolio-changed"} <= events.keys()
    headers = {"HX-Request": "true", "HX-Target": "holdings"}
    html = hers.get(f"/portfolios/{portfolio.pk}/", headers=headers).content.decode()
    assert 'data-symbol="BTC" data-quantity="1.5"' in html


def test_without_scripts_the_form_leads_to_the_portfolio(
    hers: Client, portfolio: Portfolio
) -> None:
    response = hers.post(f"/portfolios/{portfolio.pk}/transactions/new/", content())
    assert response.status_code == 302
    assert response["Location"] == f"/portfolios/{portfolio.pk}/"


def test_the_date_is_in_the_readers_own_time(
    hers: Client, owner: User, portfolio: Portfolio
) -> None:
    owner.preferences.time_zone = "Asia/Tokyo"
    owner.preferences.save()
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    html = hers.get(path, headers=HTMX).content.decode()
    now = datetime.now(ZoneInfo("Asia/Tokyo"))
    assert f'value="{now:%Y-%m-%dT%H}' in html
    hers.post(path, content(executed_at="2026-01-02T03:00", type="buy"), headers=HTMX)
    row = Transaction.objects.get(executed_at__year=2026, executed_at__month=1)
    assert row.executed_at == datetime(2026, 1, 1, 18, tzinfo=UTC)


def test_numbers_are_read_as_the_locale_writes_them(
    hers: Client, owner: User, portfolio: Portfolio
) -> None:
    owner.preferences.locale = "de-DE"
    owner.preferences.save()
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    hers.post(path, content(quantity="0,25", price="61.234,5"), headers=HTMX)
    row = Transaction.objects.get(type="sell")
    assert (row.quantity, row.price) == (Decimal("0.25"), Decimal("61234.5"))
    html = hers.get(f"/portfolios/{portfolio.pk}/transactions/{row.pk}/edit/").content.decode()
    assert 'value="0,25"' in html


def test_editing_and_deleting(hers: Client, portfolio: Portfolio) -> None:
    row = portfolio.transactions.get(asset__symbol="BTC")
    path = f"/portfolios/{portfolio.pk}/transactions/{row.pk}/"
    bought = content(type="buy", quantity="1", executed_at=f"{row.executed_at:%Y-%m-%dT%H:%M}")
    assert hers.post(f"{path}edit/", bought, headers=HTMX).status_code == 204
    row.refresh_from_db()
    assert row.quantity == 1
    hers.post(f"/portfolios/{portfolio.pk}/transactions/new/", content(quantity="1"), headers=HTMX)
    refused = hers.post(f"{path}delete/", headers=HTMX)
    assert 'role="alert"' in refused.content.decode()
    assert Transaction.objects.filter(pk=row.pk).exists()
    sale = Transaction.objects.get(type="sell")
    one = f"/portfolios/{portfolio.pk}/transactions/{sale.pk}/delete/"
    assert hers.post(one, headers=HTMX).status_code == 204
    assert hers.post(f"{path}delete/", headers=HTMX).status_code == 204
    assert not Transaction.objects.filter(pk=row.pk).exists()


def test_a_transaction_from_the_dashboard_asks_for_its_portfolio(
    hers: Client, portfolio: Portfolio
) -> None:
    path = "/portfolios/transactions/new/"
    html = hers.get(f"{path}?symbol=ETH", headers=HTMX).content.decode()
    assert 'name="portfolio"' in html
    assert 'value="ETH"' in html
    assert hers.post(path, content(portfolio=str(portfolio.pk)), headers=HTMX).status_code == 204
    refused = hers.post(path, content(portfolio="999999"), headers=HTMX).content.decode()
    assert error_at(refused, "portfolio")


def test_portfolios_are_made_changed_and_removed(
    hers: Client, owner: User, portfolio: Portfolio
) -> None:
    fields = {"name": "Bet", "base_currency": "EUR", "benchmark": "ETH"}
    made = hers.post("/portfolios/new/", fields, headers=HTMX)
    bet = Portfolio.objects.get(owner=owner, name="Bet")
    assert made["HX-Redirect"] == f"/portfolios/{bet.pk}/"
    again = hers.post("/portfolios/new/", fields, headers=HTMX).content.decode()
    assert error_at(again, "name")
    unknown = hers.post("/portfolios/new/", fields | {"name": "X", "benchmark": "BTX"})
    assert unknown.status_code == 422
    assert error_at(unknown.content.decode(), "benchmark")
    renamed = fields | {"name": "Long shot"}
    hers.post(f"/portfolios/{bet.pk}/edit/", renamed, headers=HTMX)
    bet.refresh_from_db()
    assert bet.name == "Long shot"
    gone = hers.post(f"/portfolios/{bet.pk}/delete/", headers=HTMX)
    assert gone["HX-Redirect"] == "/portfolios/"
    assert not Portfolio.objects.filter(pk=bet.pk).exists()


def test_a_swap_has_two_legs(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    swap = content(type="swap", price="", to_symbol="eth", to_quantity="8.5", to_location="Vault")
    assert hers.post(path, swap, headers=HTMX).status_code == 204
    row = Transaction.objects.get(type="swap")
    assert row.to_asset
    assert (row.to_asset.symbol, row.to_quantity, row.to_location) == ("ETH", Decimal("8.5"), "")
    refused = hers.post(path, content(type="swap", to_symbol="", to_quantity=""))
    assert error_at(refused.content.decode(), "to_symbol")


def test_what_belongs_to_another_type_is_not_handed_on(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    extra = {"to_symbol": "ETH", "to_quantity": "3", "to_location": "Vault"}
    assert hers.post(path, content(**extra), headers=HTMX).status_code == 204
    row = Transaction.objects.get(type="sell")
    assert (row.to_asset, row.to_location) == (None, "")


def test_a_shortfall_is_offered_to_be_accepted(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    refused = hers.post(path, content(quantity="3"), headers=HTMX).content.decode()
    assert 'name="unmatched"' in refused
    assert 'name="unmatched"' not in hers.get(path, headers=HTMX).content.decode()
    assert hers.post(path, content(quantity="3", unmatched="on"), headers=HTMX).status_code == 204
    assert Transaction.objects.get(type="sell").unmatched is True
    listed = hers.get(f"/portfolios/{portfolio.pk}/transactions/?attention=1").content.decode()
    assert listed.count("data-row=") == 1


def test_saving_may_go_on_with_the_next(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/transactions/new/"
    answer = hers.post(path, content(again="1", location="Kraken"), headers=HTMX)
    assert answer.status_code == 200
    assert "portfolio-changed" in json.loads(answer["HX-Trigger"])
    html = answer.content.decode()
    assert 'value="Kraken"' in html
    assert re.search(r'<option value="sell"\s+selected', html)
    assert 'value="0.5"' not in html


def test_a_deleted_transaction_comes_back(hers: Client, portfolio: Portfolio) -> None:
    row = portfolio.transactions.get(asset__symbol="ETH")
    gone = hers.post(f"/portfolios/{portfolio.pk}/transactions/{row.pk}/delete/", headers=HTMX)
    undo = json.loads(gone["HX-Trigger"])["plimsoll:toast"]["undo"]
    assert not Transaction.objects.filter(pk=row.pk).exists()
    assert hers.get(undo).status_code == 405
    assert hers.post(undo, headers=HTMX).status_code == 204
    assert Transaction.objects.get(pk=row.pk).quantity == row.quantity
    again = hers.post(undo, headers=HTMX).content.decode()
    assert "undone already" in again
    history = hers.get(f"/portfolios/{portfolio.pk}/transactions/{row.pk}/").content.decode()
    assert "Deleted" in history
    assert "Undone" in history


def test_an_edit_tells_before_and_after(hers: Client, owner: User, portfolio: Portfolio) -> None:
    row = portfolio.transactions.get(asset__symbol="ETH")
    at = f"{row.executed_at:%Y-%m-%dT%H:%M}"
    path = f"/portfolios/{portfolio.pk}/transactions/{row.pk}/"
    bought = content(type="buy", symbol="ETH", quantity="12.5", executed_at=at)
    assert hers.post(f"{path}edit/", bought, headers=HTMX).status_code == 204
    history = hers.get(path).content.decode()
    assert re.search(r"Quantity\s+<s>10</s> → 12.5", history)
    assert owner.email in history


def test_two_editors_do_not_overwrite_each_other(hers: Client, portfolio: Portfolio) -> None:
    row = portfolio.transactions.get(asset__symbol="ETH")
    path = f"/portfolios/{portfolio.pk}/transactions/{row.pk}/edit/"
    seen = re.search(r'name="seen" value="([^"]+)"', hers.get(path).content.decode())
    assert seen
    bought = content(type="buy", symbol="ETH", quantity="11", seen=seen[1])
    assert hers.post(path, bought, headers=HTMX).status_code == 204
    late = hers.post(path, {**bought, "quantity": "12"}, headers=HTMX).content.decode()
    assert 'role="alert"' in late
    row.refresh_from_db()
    assert row.quantity == 11


def test_a_copy_is_dated_now(hers: Client, portfolio: Portfolio) -> None:
    row = portfolio.transactions.get(asset__symbol="ETH")
    path = f"/portfolios/{portfolio.pk}/transactions/{row.pk}/copy/"
    html = hers.get(path, headers=HTMX).content.decode()
    assert f'action="/portfolios/{portfolio.pk}/transactions/new/"' in html
    assert 'value="ETH"' in html
    assert f'value="{datetime.now(UTC):%Y-%m-%dT}' in html


def test_the_price_of_the_day_is_proposed(hers: Client, portfolio: Portfolio) -> None:
    path = f"/portfolios/{portfolio.pk}/price/"
    day = datetime.now(UTC) - timedelta(days=3)
    html = hers.get(f"{path}?symbol=btc&executed_at={day:%Y-%m-%dT%H:%M}").content.decode()
    assert f'value="{close_of("BTC", 3).normalize():f}"' in html
    for query in ("symbol=BTX&executed_at=2026-01-01T00:00", "symbol=BTC&executed_at=soon", ""):
        assert "data-fill" not in hers.get(f"{path}?{query}").content.decode()


def test_a_viewer_may_not_write(client: Client, mate: User, portfolio: Portfolio) -> None:
    Share.objects.create(
        portfolio=portfolio,
        email=mate.email,
        user=mate,
        role="viewer",
        invited_by=portfolio.owner,
        accepted_at=datetime.now(UTC),
    )
    client.force_login(mate)
    row, one = portfolio.transactions.earliest("pk"), f"/portfolios/{portfolio.pk}/"
    change = portfolio.changes.latest("pk")
    for path in (one, f"{one}transactions/", f"{one}assets/BTC/", f"{one}changes/"):
        html = client.get(path)
        assert html.status_code == 200
        assert "Add transaction" not in html.content.decode()
    doors = ["transactions/new/", f"transactions/{row.pk}/edit/", f"transactions/{row.pk}/delete/"]
    for door in [*doors, f"changes/{change.pk}/undo/"]:
        assert client.post(f"{one}{door}", content()).status_code == 403, door
    assert client.get(f"{one}transactions/{row.pk}/copy/").status_code == 403
