"""What all of one's own portfolios earned together, through the REST API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from markets.models import Venue
from markets.services import ensure_venue
from portfolios import services
from portfolios.models import Portfolio, Share
from tests.portfolios.conftest import Add, days_ago, noon, store_closes

Json = dict[str, Any]
WHAT = ("performance", "returns", "contributions", "benchmark")


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(owner)
    return client


def ask(api: APIClient, what: str, *one: Portfolio, **query: object) -> Json:
    """Of the one portfolio, or without one of all together."""
    middle = f"{one[0].pk}/" if one else ""
    asked = {name: str(value) for name, value in query.items()}
    answer = api.get(f"/api/portfolios/{middle}{what}", asked)
    assert answer.status_code == 200, answer.content
    found: Json = answer.json()
    return found


@pytest.fixture
def core(add: Add, portfolio: Portfolio) -> Portfolio:
    """Dollars: bought, sold in part, a reward, a swap with a fee."""
    add("buy", "2", "BTC", 40, price="49000", fee="10")
    add("sell", "0.5", "BTC", 20, price="50000", fee="5")
    add("reward", "1", "ETH", 15)
    add("swap", "0.1", "BTC", 5, to_symbol="ETH", to_quantity="1.6", price="49950", fee="3")
    services.revalue([portfolio.pk])
    return portfolio


@pytest.fixture
def abroad(add: Add, owner: User, venue: Venue) -> Portfolio:
    """Euros, which rise by a cent on one day and fall by two on another."""
    dear = {n: Decimal("1.1") for n in range(1, 101)}
    dear |= {n: Decimal("1.11") for n in range(10, 25)} | {n: Decimal("1.09") for n in range(1, 10)}
    store_closes(venue, "EUR", dear)
    made = services.create_portfolio(owner=owner, name="Abroad", base_currency="EUR")
    add("buy", "10", "ETH", 30, price="2600", currency="EUR", fee="2", into=made)
    add("deposit", "1", "BTC", 22, into=made)
    add("sell", "4", "ETH", 12, price="2700", currency="EUR", fee="1.5", into=made)
    add("reward", "0.5", "ETH", 8, into=made)
    add("withdrawal", "0.25", "BTC", 3, into=made)
    services.revalue([made.pk])
    return made


def test_one_alone_is_as_it_is_by_itself(api: APIClient, core: Portfolio) -> None:
    for what in WHAT:
        assert ask(api, what, end=days_ago(1)) == ask(api, what, core, end=days_ago(1))


def test_two_in_one_currency_add_up(api: APIClient, core: Portfolio, add: Add, owner: User) -> None:
    other = services.create_portfolio(owner=owner, name="Other")
    add("buy", "3", "ETH", 25, price="2950", into=other)
    add("sell", "1", "ETH", 2, price="3000", fee="7", into=other)
    services.revalue([other.pk])
    end = days_ago(1)
    both = ask(api, "performance", end=end)
    parts = [ask(api, "performance", one, end=end) for one in (core, other)]
    for name in ("profit", "end_value", "inflow", "outflow", "realised", "rewards", "fees"):
        assert Decimal(both[name]) == sum(Decimal(part[name]) for part in parts), name
    ether = _row(ask(api, "contributions", end=end), "ETH")
    own = [_row(ask(api, "contributions", one, end=end), "ETH") for one in (core, other)]
    for name in ("quantity", "profit", "inflow", "outflow", "realised", "unrealised"):
        assert Decimal(ether[name]) == sum(Decimal(part[name]) for part in own), name


def _row(found: Json, symbol: str) -> Json:
    return next(row for row in found["results"] if row["symbol"] == symbol)


def test_another_currency_is_taken_at_the_rate_of_each_day(
    api: APIClient, abroad: Portfolio
) -> None:
    found = ask(api, "performance", end=days_ago(1))
    assert found["currency"] == "USD"
    paid = Decimal("26002") * Decimal("1.1") + Decimal(50000 - 220)
    assert Decimal(found["inflow"]) == pytest.approx(paid)
    taken = (10800 - Decimal("1.5")) * Decimal("1.11") + (50000 - 30) * Decimal("0.25")
    assert Decimal(found["outflow"]) == pytest.approx(taken)
    gain = 4 * (2700 - Decimal("2600.2")) - Decimal("1.5")
    assert Decimal(found["realised"]) == pytest.approx(gain * Decimal("1.11"))
    assert Decimal(found["rewards"]) == pytest.approx(Decimal("0.5") * (3000 - 8))
    fees = 2 * Decimal("1.1") + Decimal("1.5") * Decimal("1.11")
    assert Decimal(found["fees"]) == pytest.approx(fees)


@pytest.mark.parametrize("base", ["USD", "EUR", "BTC"])
def test_what_is_told_together_fits_together(
    base: str, api: APIClient, core: Portfolio, abroad: Portfolio, owner: User
) -> None:
    _choose(owner, base)
    end = days_ago(1)
    for start in (days_ago(60), days_ago(14)):
        span = {"start": start, "end": end}
        whole = ask(api, "performance", **span)
        profit = Decimal(whole["profit"])
        made_of = [Decimal(whole[name]) for name in ("realised", "unrealised", "rewards")]
        assert sum(made_of) == pytest.approx(profit, abs=Decimal("1e-12"))
        assets = ask(api, "contributions", **span)
        # A swap's fee was paid from outside: the only money that went through no asset.
        assert Decimal(assets["profit"]) == pytest.approx(profit, abs=Decimal("1e-6"))
        assert _sum(assets, "profit") + Decimal(assets["rest"]) == pytest.approx(
            Decimal(assets["profit"]), abs=Decimal("1e-12")
        )
        assert assets["twr"] == pytest.approx(whole["twr"], abs=1e-9)
        for name in ("realised", "rewards", "fees"):
            assert _sum(assets, name) == pytest.approx(Decimal(whole[name]), abs=Decimal("1e-12"))
        months = ask(api, "returns", by="month", **span)["results"]
        assert sum(Decimal(row["profit"]) for row in months) == pytest.approx(profit)
        against = ask(api, "benchmark", benchmark="BTC:60,ETH:40", **span)
        difference = Decimal(whole["end_value"]) - Decimal(against["end_value"])
        assert Decimal(against["difference"]) == pytest.approx(difference)


def _choose(owner: User, base: str) -> None:
    owner.preferences.base_currency = base
    owner.preferences.save()


def _sum(found: Json, name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in found["results"]), Decimal(0))


def test_a_move_between_ones_own_is_no_profit(
    api: APIClient, portfolio: Portfolio, add: Add, owner: User
) -> None:
    cold = services.create_portfolio(owner=owner, name="Cold")
    add("buy", "1", "BTC", 30, price="49700")
    add("withdrawal", "1", "BTC", 10)
    add("deposit", "1", "BTC", 10, into=cold)
    services.revalue([portfolio.pk, cold.pk])
    found = ask(api, "performance", end=days_ago(1))
    assert Decimal(found["profit"]) == 49990 - 49700
    assert Decimal(found["inflow"]) == 49700 + 49900
    assert Decimal(found["outflow"]) == 49900
    # The day's rise of 10 is told against twice the money: what moved counts as new money.
    days = ask(api, "returns", by="day", start=days_ago(10), end=days_ago(10))["results"]
    assert days[0]["twr"] == pytest.approx((49900 + 49900) / (49890 + 49900) - 1)


def test_what_others_share_is_not_ones_own(api: APIClient, core: Portfolio, stranger: User) -> None:
    guest = APIClient()
    guest.force_authenticate(stranger)
    Share.objects.create(
        portfolio=core,
        email=stranger.email,
        user=stranger,
        role="editor",
        invited_by=core.owner,
        accepted_at=noon(1),
    )
    assert ask(guest, "performance", core)["days"] > 0
    assert ask(guest, "performance")["days"] == 0
    assert ask(guest, "performance")["end_value"] == "0"
    assert ask(guest, "returns")["results"] == []
    assert ask(guest, "contributions")["results"] == []
    assert guest.get("/api/portfolios/benchmark").status_code == 400
    assert APIClient().get("/api/portfolios/performance").status_code == 401


def test_venues_without_a_common_price_are_told_so(
    api: APIClient, core: Portfolio, owner: User
) -> None:
    elsewhere = ensure_venue("coinbase")
    store_closes(elsewhere, "ETH", {n: Decimal(3100) for n in range(1, 30)})
    other = services.create_portfolio(owner=owner, name="Elsewhere", venue=elsewhere)
    services.add_transaction(
        portfolio=other, type="buy", symbol="ETH", quantity="1", price="3000", executed_at=noon(9)
    )
    services.revalue([other.pk])
    end = days_ago(1)
    found = ask(api, "contributions", end=end)
    own = _row(ask(api, "contributions", core, end=end), "ETH")
    assert Decimal(_row(found, "ETH")["profit"]) == Decimal(own["profit"]) + 100
    refused = api.get("/api/portfolios/benchmark")
    assert refused.status_code == 400
    assert "different venues" in refused.json()["error"]["fields"]["benchmark"][0]
    _choose(owner, "EUR")
    effect = ask(api, "performance", end=end)["currency_effect"]
    assert effect["assets"] is None
    assert "venues" in effect["reason"]
