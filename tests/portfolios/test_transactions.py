"""Adding, changing and removing transactions: what comes of it, each complaint on its field."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from markets.models import Venue
from portfolios import ledger, services
from portfolios.models import Disposal, Holding, Lot, Portfolio, Transaction
from tests.portfolios.conftest import Add, noon, price_of

pytestmark = pytest.mark.django_db
D = Decimal


def holding(portfolio: Portfolio, symbol: str) -> Holding:
    return Holding.objects.get(portfolio=portfolio, asset__symbol=symbol)


def figures(portfolio: Portfolio, symbol: str) -> tuple[Decimal, ...]:
    """quantity, cost, realised, rewards, fees."""
    row = holding(portfolio, symbol)
    return row.quantity, row.cost, row.realised, row.rewards, row.fees


def complaint(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return error.value.message_dict


def test_a_buy_costs_its_fee_and_a_sale_loses_it(add: Add, portfolio: Portfolio) -> None:
    add("buy", "2", "BTC", 50, price="40000", fee="100")
    add("sell", "1", "BTC", 10, price="45000", fee="50")
    assert figures(portfolio, "BTC") == (D(1), D(40050), D(4900), D(0), D(150))


def test_fee_in_another_asset_leaves_that_asset(add: Add, portfolio: Portfolio) -> None:
    add("buy", "10", "BNB", 50, price="400")
    add("buy", "1", "BTC", 40, price="40000", fee="0.1", fee_symbol="BNB")
    assert figures(portfolio, "BTC") == (D(1), D(40000), D(0), D(0), D(0))
    assert figures(portfolio, "BNB") == (D("9.9"), D(3960), D(-40), D(0), D(50))


def test_fee_in_the_same_asset(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 40, price="40000", fee="0.01", fee_symbol="BTC")
    worth = price_of("BTC", 40) * D("0.01")
    assert figures(portfolio, "BTC") == (D("0.99"), D(39600), D(-400), D(0), worth)


def test_deposit_without_a_price_takes_the_close_and_says_so(
    add: Add, portfolio: Portfolio
) -> None:
    add("deposit", "2", "ETH", 20)
    lot = Lot.objects.get()
    assert (lot.cost, lot.basis_assumed) == (2 * price_of("ETH", 20), True)
    add("deposit", "1", "ETH", 19, price="1000")
    assert list(Lot.objects.values_list("basis_assumed", flat=True)) == [True, False]


def test_reward_withdrawal_fee_and_transfer(add: Add, portfolio: Portfolio) -> None:
    add("buy", "4", "ETH", 30, price="2000")
    add("reward", "1", "ETH", 20)
    add("withdrawal", "1", "ETH", 15)
    add("fee", "0.5", "ETH", 10)
    add("transfer", "2", "ETH", 5, location="Exchange", to_location="Cold", fee="0.25")
    reward = price_of("ETH", 20)
    fees = price_of("ETH", 10) / 2 + price_of("ETH", 5) / 4
    expected = (D("3.25"), D(6000) + reward - D(1500), D(-1500), reward, fees)
    assert figures(portfolio, "ETH") == expected
    assert Disposal.objects.filter(realised=False).count() == 1


def test_money_in_another_currency_is_converted_at_the_days_rate(
    add: Add, portfolio: Portfolio
) -> None:
    add("buy", "1", "BTC", 30, price="10000", currency="EUR", fee="10")
    assert figures(portfolio, "BTC")[1] == D("11011")


def test_euro_base(owner: Any, venue: Venue, add: Add) -> None:
    euros = services.create_portfolio(owner=owner, name="Euros", base_currency="EUR")
    add("buy", "1", "BTC", 30, into=euros, price="11000", currency="USD")
    assert figures(euros, "BTC")[1] == D(10000)


FIELD_ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": ({"type": "gift"}, "type", "Choose one of"),
    "unknown symbol": ({"symbol": "BTCC"}, "symbol", "Did you mean BTC"),
    "no symbol": ({"symbol": ""}, "symbol", "Choose an asset"),
    "negative": ({"quantity": "-1"}, "quantity", "greater than zero"),
    "zero": ({"quantity": "0"}, "quantity", "greater than zero"),
    "not a number": ({"quantity": "lots"}, "quantity", "Enter a number"),
    "NaN": ({"quantity": "NaN"}, "quantity", "Enter a number"),
    "infinite": ({"price": "Infinity"}, "price", "Enter a number"),
    "no quantity": ({"quantity": None}, "quantity", "how many"),
    "too fine": ({"quantity": "1." + "0" * 18 + "1"}, "quantity", "18 decimals"),
    "too large": ({"quantity": "1e18"}, "quantity", "18 digits"),
    "product too large": ({"quantity": "1e12", "price": "1e12"}, "price", "too large"),
    "no price": ({"price": None}, "price", "needs its price"),
    "negative price": ({"price": "-3"}, "price", "not be negative"),
    "negative fee": ({"fee": "-1"}, "fee", "not be negative"),
    "fee asset": ({"fee": "1", "fee_symbol": "NOPE"}, "fee_symbol", "No asset is known"),
    "fee not held": ({"fee": "1", "fee_symbol": "BNB"}, "fee", "Only 0 BNB is held"),
    "currency": ({"currency": "ZZZ"}, "currency", "No asset is known"),
    "own currency": ({"currency": "BTC"}, "currency", "for itself"),
    "no date": ({"executed_at": "soon"}, "executed_at", "Enter a date"),
    "ancient": ({"executed_at": "2001-01-01T00:00:00Z"}, "executed_at", "before the first coin"),
    "place": ({"to_location": "Vault"}, "to_location", "Only a transfer"),
    "sale": ({"type": "sell"}, "quantity", "Only 0 BTC is held"),
    "note": ({"note": "x" * 501}, "note", "500 characters"),
    "null byte": ({"note": "a\x00b"}, "note", "cannot be stored"),
    "no such field": ({"colour": "red"}, "colour", "no such field"),
}


@pytest.mark.parametrize("name", FIELD_ERRORS)
def test_field_errors(name: str, portfolio: Portfolio) -> None:
    changes, field, words = FIELD_ERRORS[name]
    content: dict[str, Any] = {"type": "buy", "symbol": "BTC", "quantity": "1", "price": "40000"}
    content |= {"executed_at": noon(10), **changes}
    with pytest.raises(ValidationError) as error:
        services.add_transaction(portfolio=portfolio, **content)
    assert list(complaint(error)) == [field]
    assert words in complaint(error)[field][0]
    assert not Transaction.objects.exists()
    assert not Lot.objects.exists()


def test_every_wrong_field_is_named_at_once(portfolio: Portfolio) -> None:
    with pytest.raises(ValidationError) as error:
        services.add_transaction(
            portfolio=portfolio, type="buy", symbol="", quantity="-1", executed_at=None
        )
    assert set(complaint(error)) == {"symbol", "quantity", "price", "executed_at"}


def test_a_date_in_the_future(add: Add) -> None:
    with pytest.raises(ValidationError) as error:
        add("deposit", "1", "BTC", 0, at=timezone.now() + timedelta(hours=1))
    assert complaint(error) == {"executed_at": ["This is in the future."]}


def test_no_rate_and_no_price_are_said_on_their_field(add: Add) -> None:
    with pytest.raises(ValidationError) as error:
        add("buy", "1", "BTC", 400, price="100", currency="EUR")
    assert "No rate from EUR to USD" in complaint(error)["currency"][0]
    with pytest.raises(ValidationError) as error:
        add("deposit", "1", "BTC", 400)
    assert "give one" in complaint(error)["price"][0]


def test_held_at_that_time_counts_not_held_now(add: Add) -> None:
    add("buy", "1", "BTC", 10, price="40000")
    with pytest.raises(ValidationError) as error:
        add("sell", "1", "BTC", 20, price="40000")
    assert "Only 0 BTC is held at" in complaint(error)["quantity"][0]


def test_an_edit_that_makes_a_later_sale_impossible_names_it(add: Add) -> None:
    bought = add("buy", "2", "BTC", 20, price="40000")
    add("sell", "2", "BTC", 10, price="41000")
    with pytest.raises(ValidationError) as error:
        services.edit_transaction(transaction=bought, quantity="1")
    message = complaint(error)["quantity"][0]
    assert f"the sell of 2 BTC of {noon(10):%Y-%m-%d %H:%M}" in message
    assert "Only 1 BTC is held" in message
    with pytest.raises(ValidationError) as error:
        services.delete_transaction(transaction=bought)
    assert "the sell of 2 BTC" in error.value.messages[0]
    assert Transaction.objects.count() == 2


def test_edit_moves_lots_between_assets(add: Add, portfolio: Portfolio) -> None:
    row = add("buy", "2", "BTC", 20, price="1000")
    services.edit_transaction(transaction=row, symbol="ETH", quantity="3")
    assert figures(portfolio, "ETH")[:2] == (D(3), D(3000))
    assert not Holding.objects.filter(asset__symbol="BTC").exists()


def test_add_then_delete_is_nothing(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 30, price="30000")
    before = list(Lot.objects.values("quantity", "remaining", "cost")), figures(portfolio, "BTC")
    row = add("sell", "0.4", "BTC", 10, price="42000")
    services.delete_transaction(transaction=row)
    after = list(Lot.objects.values("quantity", "remaining", "cost")), figures(portfolio, "BTC")
    assert after == before


def test_external_id_is_idempotent(add: Add, portfolio: Portfolio) -> None:
    first = add("buy", "1", "BTC", 30, price="30000", external_id="x-1")
    again = add("buy", "1.0", "BTC", 30, price="30000.00", external_id="x-1")
    assert again.pk == first.pk
    with pytest.raises(ValidationError) as error:
        add("buy", "2", "BTC", 30, price="30000", external_id="x-1")
    assert "says something else" in complaint(error)["external_id"][0]
    assert figures(portfolio, "BTC")[0] == D(1)


def test_revision_rises_with_every_change(add: Add, portfolio: Portfolio) -> None:
    portfolio.refresh_from_db()
    before = portfolio.revision
    row = add("buy", "1", "BTC", 30, price="30000")
    services.edit_transaction(transaction=row, note="first coin")
    services.delete_transaction(transaction=row)
    portfolio.refresh_from_db()
    assert portfolio.revision == before + 3
    assert portfolio in Portfolio.objects.stale()


def test_tracked_cash_pays_for_buys_and_gets_the_sales(owner: Any, venue: Venue, add: Add) -> None:
    cash = services.create_portfolio(owner=owner, name="Cash", track_cash=True)
    add("deposit", "1000", "USD", 30, into=cash)
    with pytest.raises(ValidationError) as error:
        add("buy", "2", "ETH", 20, into=cash, price="600", fee="1")
    message = complaint(error)["quantity"][0]
    assert "This costs 1201 USD. Only 1000 USD is held" in message
    add("buy", "1", "ETH", 20, into=cash, price="600", fee="1")
    add("sell", "0.5", "ETH", 10, into=cash, price="700", fee="2")
    assert figures(cash, "USD") == (D(747), D(747), D(0), D(0), D(0))
    assert figures(cash, "ETH") == (D("0.5"), D("300.5"), D("47.5"), D(0), D(3))


def test_turning_cash_on_needs_the_cash(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "ETH", 20, price="600")
    with pytest.raises(ValidationError) as error:
        services.update_portfolio(portfolio=portfolio, track_cash=True)
    assert "600 USD is needed and only 0 is held" in complaint(error)["track_cash"][0]
    add("deposit", "600", "USD", 21)
    changed = services.update_portfolio(portfolio=portfolio, track_cash=True)
    assert changed.track_cash
    assert figures(portfolio, "USD")[0] == D(0)


def test_new_base_currency_replays_everything(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "ETH", 20, price="1100")
    services.update_portfolio(portfolio=portfolio, base_currency="EUR")
    assert figures(portfolio, "ETH")[1] == D(1000)


def test_names_are_unique_per_owner(owner: Any, mate: Any, portfolio: Portfolio) -> None:
    services.create_portfolio(owner=mate, name="Core")
    with pytest.raises(ValidationError) as error:
        services.create_portfolio(owner=owner, name=" Core ")
    assert complaint(error) == {"name": ["You have a portfolio of this name."]}


def test_many_rows_are_one_replay_and_all_or_none(portfolio: Portfolio) -> None:
    rows: list[dict[str, Any]] = [
        {
            "type": "buy",
            "symbol": "BTC",
            "quantity": "1",
            "price": str(100 * n),
            "executed_at": noon(90 - n),
            "external_id": f"row-{n}",
        }
        for n in range(1, 6)
    ]
    assert len(services.add_transactions(portfolio=portfolio, rows=rows)) == 5
    assert services.add_transactions(portfolio=portfolio, rows=rows) == []
    assert figures(portfolio, "BTC")[:2] == (D(5), D(1500))
    wrong = [{**rows[0], "external_id": "new", "quantity": "-1"}, {**rows[1], "price": "7"}]
    with pytest.raises(ValidationError) as error:
        services.add_transactions(portfolio=portfolio, rows=wrong)
    messages = complaint(error)["rows"]
    assert messages[0].startswith("row 1, quantity: ")
    assert messages[1].startswith("row 2, external_id: ")
    assert Transaction.objects.count() == 5


def stored(portfolio: Portfolio) -> tuple[list[Any], ...]:
    """Everything that a replay writes, but for the ids of its rows."""
    lots = Lot.objects.filter(portfolio=portfolio).order_by("opened_by", "asset")
    pieces = Disposal.objects.filter(lot__portfolio=portfolio)
    totals = ("asset", "quantity", "cost", "realised", "rewards", "fees")
    return (
        list(lots.values_list("opened_by", "asset", "quantity", "remaining", "cost")),
        sorted(
            pieces.values_list(
                "transaction", "lot__opened_by", "lot__asset", "quantity", "basis", "gain"
            )
        ),
        list(Holding.objects.filter(portfolio=portfolio).order_by("asset").values_list(*totals)),
    )


@pytest.mark.parametrize("track_cash", [False, True])
def test_one_by_one_is_the_same_as_all_at_once(
    owner: Any, venue: Venue, add: Add, track_cash: bool
) -> None:
    """Each newest transaction goes on from the open lots; a replay from the start agrees."""
    one = services.create_portfolio(owner=owner, name="One", track_cash=track_cash)
    dice = random.Random(7)
    add("deposit", "500000", "USD", 99, into=one)
    add("deposit", "40", "BNB", 99, into=one)
    for day in range(98, 53, -1):
        kind = dice.choice(["buy", "buy", "sell", "reward", "transfer", "withdrawal", "fee"])
        more: dict[str, Any] = {"into": one, "at": noon(day)}
        if kind in {"buy", "sell"}:
            more |= {"price": str(dice.randrange(100, 9000)), "fee": "0.3"}
            more |= dice.choice([{}, {"fee_symbol": "BNB"}, {"fee_symbol": "USD"}])
        if kind == "transfer":
            more |= {"to_location": "Cold", "fee": "0.001"}
        quantity = str(dice.randrange(1, 3000) / D(1000))
        with contextlib.suppress(ValidationError):  # more than is held: refused, as it should be
            add(kind, quantity, dice.choice(["BTC", "ETH"]), day, **more)
    assert Transaction.objects.count() > 20
    before = stored(one)
    ledger.rebuild(one, {"BTC", "ETH", "BNB", "USD"})
    assert stored(one) == before
