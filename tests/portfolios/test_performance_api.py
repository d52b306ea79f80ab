"""What a portfolio earned, through the REST API: published cases, identities, refusals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from markets.models import Venue
from portfolios import services
from portfolios.models import Portfolio
from tests.portfolios.conftest import Add, days_ago, noon, price_of, store_closes

Json = dict[str, Any]


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(owner)
    return client


def ask(api: APIClient, portfolio: Portfolio, what: str, **query: object) -> Json:
    asked = {name: str(value) for name, value in query.items()}
    answer = api.get(f"/api/portfolios/{portfolio.pk}/{what}", asked)
    assert answer.status_code == 200, answer.content
    found: Json = answer.json()
    return found


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def bank(owner: User, *entries: tuple[str, str, str]) -> Portfolio:
    """A book of dollars: (type, amount, day)."""
    made = services.create_portfolio(owner=owner, name="Bank", track_cash=True)
    for kind, amount, day in entries:
        services.add_transaction(
            portfolio=made, type=kind, symbol="USD", quantity=amount, executed_at=at(day)
        )
    services.revalue([made.pk])
    return made


# published cases


def test_xirr_of_the_documentation_of_excel(api: APIClient, owner: User, venue: Venue) -> None:
    """Dates moved by 12 years less 3 days, which leaves the days between them as they are."""

    def day(published: str) -> str:
        return (date.fromisoformat(published) + timedelta(4380)).isoformat()

    made = bank(
        owner,
        ("deposit", "10000", day("2008-01-01")),
        ("reward", "3000", day("2008-02-01")),
        ("withdrawal", "2750", day("2008-03-01")),
        ("withdrawal", "4250", day("2008-10-30")),
        ("withdrawal", "3250", day("2009-02-15")),
    )
    found = ask(api, made, "performance", end=day("2009-04-01"))
    assert found["end_value"] == "2750"
    assert found["money_weighted"] == pytest.approx(0.373362535, abs=1.5e-9)
    assert found["profit"] == found["rewards"] == "3000"
    assert "money_weighted" not in found["reasons"]


def test_modified_dietz_of_the_textbook(api: APIClient, owner: User, venue: Venue) -> None:
    made = bank(
        owner,
        ("deposit", "585.60", "2025-09-10"),
        ("withdrawal", "15.05", "2025-10-05"),
        ("deposit", "19.82", "2025-10-09"),
        ("deposit", "16.42", "2025-10-15"),
        ("withdrawal", "18.96", "2025-10-24"),
        ("reward", "14.51", "2025-10-30"),
    )
    found = ask(api, made, "performance", start="2025-10-01", end="2025-10-31")
    assert (found["start_value"], found["end_value"]) == ("585.6", "602.34")
    assert round(found["modified_dietz"], 4) == 0.0245
    assert found["modified_dietz"] == pytest.approx(0.024541775196226186, rel=1e-12)


def test_time_weighted_of_the_textbook(api: APIClient, owner: User, venue: Venue) -> None:
    """1,000 become 1,100; 500 more are put in; all of it is 1,440 the day after: -1 %."""
    store_closes(venue, "UNI", {3: Decimal(100), 2: Decimal(110), 1: Decimal(99)})
    made = services.create_portfolio(owner=owner, name="UNI")
    for quantity, price, days in (("10", "100", 3), ("4.545454545454545455", "110", 1)):
        services.add_transaction(
            portfolio=made,
            type="buy",
            symbol="UNI",
            quantity=quantity,
            price=price,
            executed_at=noon(days),
        )
    services.revalue([made.pk])
    found = ask(api, made, "performance", end=days_ago(1))
    assert found["twr"] == pytest.approx(-0.01, abs=1e-12)
    assert float(found["end_value"]) == pytest.approx(1440)
    assert float(found["profit"]) == pytest.approx(-60)
    assert found["annualised"] is None
    assert "year" in found["reasons"]["annualised"]


# identities


@pytest.fixture
def lively(add: Add, portfolio: Portfolio) -> Portfolio:
    """Something of everything, in a book whose trades are paid from outside."""
    add("buy", "2", "BTC", 60, price="49000", fee="25")
    add("deposit", "10", "ETH", 50, price="2500")
    add("reward", "0.5", "ETH", 45)
    add("buy", "3", "BNB", 40, price="480", fee="0.001", fee_symbol="BNB")
    add("sell", "0.5", "BTC", 30, price="49900", fee="12.5")
    add("withdrawal", "2", "ETH", 20, fee="0.01")
    add("fee", "0.02", "BNB", 15)
    services.revalue([portfolio.pk])
    portfolio.refresh_from_db()
    return portfolio


def decimal(found: Json, *names: str) -> Decimal:
    return sum((Decimal(found[name]) for name in names), Decimal(0))


SPANS: list[Json] = [
    {},
    {"end": days_ago(1).isoformat()},
    {"start": days_ago(47).isoformat(), "end": days_ago(17).isoformat()},
    {"start": days_ago(10).isoformat()},
]


@pytest.mark.parametrize("number", range(len(SPANS)))
def test_the_parts_sum_to_the_profit(api: APIClient, lively: Portfolio, number: int) -> None:
    span = SPANS[number]
    found = ask(api, lively, "performance", **span)
    assert decimal(found, "realised", "unrealised", "rewards") == Decimal(found["profit"])
    parts = ask(api, lively, "contributions", **span)
    rows = parts["results"]
    assert decimal(parts, "profit") == Decimal(found["profit"])
    assert sum(Decimal(row["profit"]) for row in rows) == Decimal(found["profit"])
    assert Decimal(parts["rest"]) == 0
    for name in ("realised", "rewards", "fees"):
        assert sum(Decimal(row[name]) for row in rows) == Decimal(found[name])
    assert sum(row["contribution"] for row in rows) == pytest.approx(found["twr"], abs=1e-12)
    assert parts["twr"] == pytest.approx(found["twr"], abs=1e-12)
    for row in rows:
        assert decimal(row, "realised", "unrealised", "rewards") == Decimal(row["profit"])


def test_the_figures_of_a_lively_book(api: APIClient, lively: Portfolio) -> None:
    found = ask(api, lively, "performance", end=days_ago(1))
    # a quarter of the 98,025 paid for 2 BTC left with the half that was sold
    assert decimal(found, "realised") == (
        Decimal("24937.5")  # 0.5 * 49,900 - 12.5
        - Decimal("98025") / 4
        - Decimal("0.01") * 2500  # the fee of the withdrawal, at what it had cost
        - Decimal("0.021") * 480  # BNB given away as fees
    )
    assert decimal(found, "rewards") == Decimal("0.5") * price_of("ETH", 45)
    assert decimal(found, "fees") == (
        Decimal("37.5") + Decimal("0.021") * 500 + Decimal("0.01") * price_of("ETH", 20)
    )
    assert found["fees_unpriced"] == []


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
def test_periods_compound_and_sum(api: APIClient, lively: Portfolio, by: str) -> None:
    found = ask(api, lively, "performance", **SPANS[2])
    rows = ask(api, lively, "returns", by=by, **SPANS[2])["results"]
    growth = 1.0
    for row in rows:
        growth *= 1 + (row["twr"] or 0.0)
    assert growth - 1 == pytest.approx(found["twr"], abs=1e-12)
    assert sum(Decimal(row["profit"]) for row in rows) == Decimal(found["profit"])
    assert rows[0]["start_value"] == found["start_value"]
    assert rows[-1]["end_value"] == found["end_value"]
    for before, after in pairwise(rows):
        assert after["start_value"] == before["end_value"]
    assert sum(row["days"] for row in rows) == found["days"]


def test_a_sleeve_is_not_a_flow_of_the_whole(
    api: APIClient, add: Add, portfolio: Portfolio
) -> None:
    add("deposit", "1", "BTC", 30, price="40000")
    add("swap", "0.5", "BTC", 20, to_symbol="ETH", to_quantity="8")
    services.revalue([portfolio.pk])
    found = ask(api, portfolio, "contributions", end=days_ago(1))
    bitcoin, ether = sorted(found["results"], key=lambda row: str(row["symbol"]))
    worth = 8 * price_of("ETH", 20)
    assert Decimal(bitcoin["outflow"]) == Decimal(ether["inflow"]) == worth
    assert Decimal(ether["profit"]) == 8 * price_of("ETH", 1) - worth
    whole = ask(api, portfolio, "performance", end=days_ago(1))
    assert whole["outflow"] == "0"
    assert decimal(whole, "profit") == decimal(bitcoin, "profit") + decimal(ether, "profit")


def test_cash_that_is_tracked_sums_as_well(api: APIClient, owner: User, venue: Venue) -> None:
    made = services.create_portfolio(owner=owner, name="Cash", track_cash=True)
    for kind, symbol, quantity, days, more in (
        ("deposit", "USD", "100000", 50, {}),
        ("buy", "BTC", "1", 40, {"price": "49600", "fee": "20"}),
        ("sell", "BTC", "0.25", 10, {"price": "49900", "fee": "5"}),
        ("withdrawal", "USD", "1000", 5, {}),
    ):
        services.add_transaction(
            portfolio=made,
            type=kind,
            symbol=symbol,
            quantity=quantity,
            executed_at=noon(days),
            price=more.get("price"),
            fee=more.get("fee", 0),
        )
    services.revalue([made.pk])
    whole = ask(api, made, "performance", end=days_ago(1))
    parts = ask(api, made, "contributions", end=days_ago(1))
    assert (whole["inflow"], whole["outflow"]) == ("100000", "1000")
    assert sum(Decimal(row["profit"]) for row in parts["results"]) == Decimal(whole["profit"])
    assert Decimal(parts["rest"]) == 0


# deposits are no profit


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.integers(1, 90), st.decimals("0.01", 500, places=2), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_money_moved_at_constant_prices_is_no_profit(
    api: APIClient, owner: User, venue: Venue, moves: list[tuple[int, Decimal, bool]]
) -> None:
    """BNB costs 500 on every day of the fixture."""
    Portfolio.objects.filter(owner=owner).delete()
    still = services.create_portfolio(owner=owner, name="Still")
    held = Decimal(0)
    for days, amount, is_in in sorted(moves, reverse=True):
        came = is_in or amount > held
        held += amount if came else -amount
        services.add_transaction(
            portfolio=still,
            type="deposit" if came else "withdrawal",
            symbol="BNB",
            quantity=amount,
            executed_at=noon(days),
        )
    services.revalue([still.pk])
    found = ask(api, still, "performance", end=days_ago(1))
    assert Decimal(found["profit"]) == 0
    assert found["twr"] == 0
    for row in ask(api, still, "returns", by="day", end=days_ago(1))["results"]:
        assert Decimal(row["profit"]) == row["twr"] == 0
    rows = ask(api, still, "contributions", end=days_ago(1))["results"]
    assert all(Decimal(row["profit"]) == 0 and row["twr"] == 0 for row in rows)


# what has no figure


def test_an_empty_portfolio_says_so(api: APIClient, portfolio: Portfolio) -> None:
    found = ask(api, portfolio, "performance")
    for name in ("twr", "money_weighted", "modified_dietz", "simple", "annualised"):
        assert found[name] is None
        assert found["reasons"][name]
    assert ask(api, portfolio, "returns")["results"] == []
    assert ask(api, portfolio, "contributions")["results"] == []


def test_one_day_has_no_yearly_rate(api: APIClient, add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 20, price="49000")
    services.revalue([portfolio.pk])
    day = days_ago(20)
    found = ask(api, portfolio, "performance", start=day, end=day)
    assert found["money_weighted"] is None
    assert "One day" in found["reasons"]["money_weighted"]
    assert found["twr"] == pytest.approx(49800 / 49000 - 1)


def test_a_missing_price_is_said(
    api: APIClient, add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    store_closes(venue, "SOL", {n: Decimal(100) for n in range(5, 31)})
    add("buy", "1", "SOL", 20, price="90")
    services.revalue([portfolio.pk])
    found = ask(api, portfolio, "performance", end=days_ago(2))
    assert found["profit"] is None
    assert found["missing_days"] == 3
    assert "price was missing" in found["reasons"]["money_weighted"]
    parts = ask(api, portfolio, "contributions", end=days_ago(2))
    assert parts["results"][0]["profit"] is None
    assert parts["reason"]
    late = ask(api, portfolio, "performance", start=days_ago(2), end=days_ago(1))
    assert late["twr"] is None


@pytest.mark.parametrize(
    ("what", "query", "field"),
    [
        ("benchmark", {"benchmark": "BTC:60,ETH:50"}, "benchmark"),
        ("benchmark", {"benchmark": "NOSUCH"}, "benchmark"),
        ("returns", {"by": "decade"}, "by"),
        ("returns", {"start": "soon"}, "start"),
        ("contributions", {"start": "2026-02-01", "end": "2026-01-01"}, "start"),
        ("performance", {"end": "9999-99-99"}, "end"),
    ],
)
def test_bad_questions_name_their_field(
    api: APIClient, add: Add, portfolio: Portfolio, what: str, query: Json, field: str
) -> None:
    add("buy", "1", "BTC", 20, price="49000")
    services.revalue([portfolio.pk])
    answer = api.get(f"/api/portfolios/{portfolio.pk}/{what}", query)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


# currencies
