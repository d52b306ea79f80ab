"""Under UK pooling a day is London's: in summer it begins at 23:00 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from markets.models import Venue
from portfolios import ledger, services
from portfolios.basis.rules import BasisRules
from portfolios.lots import Event, Kind, replay
from portfolios.models import BasisElection, Disposal, Portfolio, Recalculation, Transaction
from portfolios.selectors import tax_year_of
from portfolios.selectors.gains import gains, tax_years
from tests.portfolios.test_stored_ledger import stored

UK = BasisRules("uk", tax_year_start="04-06")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+00:00")


def rules_used(*rows: tuple[str, Kind, str]) -> list[str]:
    """How the sale of one unit, the last row by time or not, was matched."""
    events = [
        Event(key, utc(at), kind, Decimal(1), Decimal(money))
        for key, (at, kind, money) in enumerate([("2023-01-01 12:00", Kind.ACQUIRE, "1"), *rows])
    ]
    return [disposal.rule for disposal in replay(events, rules=UK).disposals]


BUY, SELL = Kind.ACQUIRE, Kind.SELL


@pytest.mark.parametrize(
    ("bought", "sold", "rule"),
    [
        ("2023-07-05 23:30", "2023-07-06 10:00", "same_day"),  # both on 6 July in London
        ("2023-07-06 23:30", "2023-07-06 10:00", "30_days"),  # 7 July there
        ("2023-07-05 22:30", "2023-07-05 23:30", "pool"),  # 5 and 6 July there
        ("2023-12-05 23:30", "2023-12-06 10:00", "pool"),  # in winter as in UTC
        ("2023-03-31 22:30", "2023-03-01 12:00", "30_days"),  # 31 March, the 30th day
        ("2023-03-31 23:30", "2023-03-01 12:00", "pool"),  # 1 April there: too late
        ("2023-05-05 22:30", "2023-04-05 23:30", "30_days"),  # sold on 6 April there
    ],
)
def test_days_of_matching(bought: str, sold: str, rule: str) -> None:
    assert rules_used((bought, BUY, "5"), (sold, SELL, "9")) == [rule]


@pytest.fixture
def british(owner: User, venue: Venue) -> Portfolio:
    made = services.create_portfolio(owner=owner, name="British")
    Portfolio.objects.filter(pk=made.pk).update(basis_method="uk", tax_year_start="04-06")
    made.refresh_from_db()
    return made


def enter(portfolio: Portfolio, kind: str, at: str, price: str) -> Transaction:
    return services.add_transaction(
        portfolio=portfolio,
        type=kind,
        symbol="ETH",
        quantity="1",
        price=price,
        executed_at=utc(at),
    )


def test_a_replay_from_the_middle_does_not_cut_a_day_of_london(british: Portfolio) -> None:
    """The edit of 10 July reaches back to 10 June, which begins on the 9th at 23:00 UTC."""
    enter(british, "buy", "2025-05-01 12:00", "100")
    enter(british, "buy", "2025-06-09 23:30", "300")
    enter(british, "sell", "2025-06-10 10:00", "400")
    late = enter(british, "buy", "2025-07-10 12:00", "350")
    assert Disposal.objects.get().basis == 300
    services.edit_transaction(transaction=late, price="360")
    assert Disposal.objects.get().basis == 300
    before = stored(british)
    ledger.rebuild_all(british)
    assert stored(british) == before


def test_tax_years_begin_at_midnight_in_london(british: Portfolio) -> None:
    enter(british, "buy", "2024-01-01 12:00", "100")
    enter(british, "sell", "2024-04-05 22:59", "400")
    enter(british, "buy", "2024-04-05 23:00", "200")
    enter(british, "sell", "2024-04-05 23:30", "500")
    old, new = gains(british, 2023), gains(british, 2024)
    assert [sale.gain for sale in old.sales] == [300]
    assert [sale.gain for sale in new.sales] == [300]
    assert (new.start, new.end) == (date(2024, 4, 6), date(2025, 4, 5))
    assert tax_year_of(british, 2024)[0] == utc("2024-04-05 23:00")
    assert tax_years(british)[-1] == 2023
    services.edit_transaction(
        transaction=british.transactions.earliest("executed_at"),
        executed_at=utc("2024-04-05 22:00"),
    )
    assert tax_years(british)[-1] == 2023


def test_other_methods_keep_days_of_utc(british: Portfolio) -> None:
    enter(british, "buy", "2024-01-01 12:00", "100")
    enter(british, "sell", "2024-04-05 23:30", "500")
    Portfolio.objects.filter(pk=british.pk).update(basis_method="fifo")
    british.refresh_from_db()
    assert len(gains(british, 2023).sales) == 1
    assert tax_year_of(british, 2024)[0] == datetime(2024, 4, 6, tzinfo=UTC)
    BasisElection.objects.create(portfolio=british, tax_year=2019, method="uk")
    assert len(gains(british, 2024).sales) == 1  # one zone for all years of a ledger


def test_the_report_shows_the_day_that_counts(british: Portfolio, client: Client) -> None:
    client.force_login(british.owner)
    enter(british, "buy", "2024-01-01 12:00", "100")
    enter(british, "sell", "2024-04-05 23:30", "500")
    page = client.get(f"/portfolios/{british.pk}/reports/print/?year=2024").content.decode()
    assert "2024-04-06" in page
    assert "2024-04-05" not in page


def test_who_turns_to_uk_pooling_gets_6_april(owner: User, venue: Venue) -> None:
    made = services.create_portfolio(owner=owner, name="Turns")
    asked = services.request_recalculation(portfolio=made, user=owner, method="uk")
    assert asked.wanted["tax_year_start"] == "04-06"
    asked = services.request_recalculation(
        portfolio=made, user=owner, method="uk", tax_year_start="01-01"
    )
    assert asked.wanted["tax_year_start"] == "01-01"
    services.request_recalculation(portfolio=made, user=owner, method="lifo")
    asked = services.request_recalculation(portfolio=made, user=owner, scope="location")
    assert asked.wanted["tax_year_start"] == "01-01"


def test_the_dialog_leaves_the_day_to_the_method(owner: User, venue: Venue, client: Client) -> None:
    made = services.create_portfolio(owner=owner, name="Turns")
    client.force_login(owner)
    form = {"method": "uk", "scope": "portfolio", "tax_year_start": "01-01"}
    answer = client.post(f"/portfolios/{made.pk}/basis/", form, headers={"HX-Request": "true"})
    assert answer.status_code in {200, 204}
    assert Recalculation.objects.get().wanted["tax_year_start"] == "04-06"


def test_what_was_reckoned_by_days_of_utc_is_reckoned_anew(
    british: Portfolio, portfolio: Portfolio
) -> None:
    enter(british, "buy", "2024-01-01 12:00", "100")
    import_module("portfolios.migrations.0012_days_of_london").ask_anew(apps, None)
    asked = Recalculation.objects.get()
    assert asked.portfolio == british
    assert services.run_recalculation(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.wanted) == ("done", services.settings_of(british))
