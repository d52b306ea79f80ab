"""The cycle: what it picks up, what it leaves, and what a killed one loses (nothing)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from config import pipeline
from config.models import Cursor
from markets.models import LastPrice, Venue
from markets.services import ensure_asset, ensure_market
from portfolios import services
from portfolios.models import Portfolio
from risk.models import RiskSnapshot

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def book(owner: User) -> Portfolio:
    ensure_asset("BTC")
    portfolio = services.create_portfolio(owner=owner, name="Hers")
    services.add_transaction(
        portfolio=portfolio,
        type="buy",
        symbol="BTC",
        quantity=Decimal(1),
        price=Decimal(100),
        executed_at=datetime.now(UTC) - timedelta(days=1),
    )
    portfolio.refresh_from_db()
    return portfolio


def price(amount: int) -> LastPrice:
    """What the stream stores of a trade."""
    venue, _ = Venue.objects.get_or_create(slug="import", defaults={"name": "Import"})
    market = ensure_market(venue, "BTCUSDT", ensure_asset("BTC"), ensure_asset("USDT"))
    now = timezone.now()
    row, _ = LastPrice.objects.update_or_create(
        market=market, defaults={"price": amount, "time": now, "updated_at": now}
    )
    return row


def test_an_edit_is_picked_up_without_its_message(book: Portfolio) -> None:
    assert book.pk in pipeline.run_cycle()
    assert RiskSnapshot.objects.filter(portfolio=book, revision=book.revision).exists()
    assert pipeline.run_cycle() == []


def test_a_moved_price_reaches_its_holders_and_the_cursor_follows(book: Portfolio) -> None:
    pipeline.run_cycle()
    stored = price(120)
    assert pipeline.run_cycle() == [book.pk]
    assert Cursor.objects.get(name="prices").position == stored.updated_at
    assert pipeline.run_cycle() == []


def test_a_worker_killed_between_value_and_risk_leaves_nothing_unmeasured(book: Portfolio) -> None:
    services.revalue([book.pk])  # and here it was killed
    assert book.pk in pipeline.run_cycle()
    assert RiskSnapshot.objects.filter(portfolio=book, revision=book.revision).exists()


def test_a_cycle_that_breaks_is_run_again(book: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run_cycle()
    price(120)

    def killed(_ids: object) -> list[int]:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("portfolios.services.revalue", killed)
        with pytest.raises(SystemExit):
            pipeline.run_cycle()
    assert pipeline.run_cycle() == [book.pk]
