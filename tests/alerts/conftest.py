"""A venue whose prices the tests set, and portfolios whose risk they set."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from redis import Redis

from accounts.models import User
from alerts import services
from alerts.models import Rule
from markets.models import Asset, AssetKind, Feed, LastPrice, Market, Venue
from portfolios.models import Portfolio
from risk.models import RiskSnapshot

SetPrice = Callable[..., None]
SetRisk = Callable[..., RiskSnapshot]
MakeRule = Callable[..., Rule]


@pytest.fixture
def venue(db: None, valkey: Redis) -> Venue:
    """A venue with BTC and ETH against the dollar, and a feed that is current."""
    venue = Venue.objects.create(slug="test", name="Test exchange")
    dollar = _asset("USDT", AssetKind.STABLECOIN)
    for symbol in ("BTC", "ETH"):
        base = _asset(symbol, AssetKind.COIN)
        Market.objects.create(venue=venue, symbol=f"{symbol}USDT", base=base, quote=dollar)
    Feed.objects.create(venue=venue, is_current=True, last_message_at=timezone.now())
    return venue


def _asset(symbol: str, kind: AssetKind) -> Asset:
    """Some are there from the migrations on."""
    return Asset.objects.get_or_create(symbol=symbol, defaults={"kind": kind})[0]


@pytest.fixture
def price(venue: Venue) -> SetPrice:
    """Set the price of a symbol, `age` seconds ago."""

    def put(symbol: str, value: str, age: float = 0) -> None:
        now = timezone.now()
        LastPrice.objects.update_or_create(
            market=Market.objects.get(venue=venue, symbol=f"{symbol}USDT"),
            defaults={
                "price": Decimal(value),
                "time": now - timedelta(seconds=age),
                "updated_at": now,
            },
        )

    return put


@pytest.fixture
def portfolio(owner: User) -> Portfolio:
    return Portfolio.objects.create(owner=owner, name="Calm core")


@pytest.fixture
def value_at_risk() -> SetRisk:
    """Store a risk snapshot, `age` seconds old."""

    def put(portfolio: Portfolio, var: float | None, age: float = 0) -> RiskSnapshot:
        return RiskSnapshot.objects.create(
            portfolio=portfolio,
            as_of=timezone.now() - timedelta(seconds=age),
            revision=1,
            window_days=365,
            observations=365,
            var=var,
            answer={},
        )

    return put


@pytest.fixture
def price_rule(owner: User, venue: Venue) -> MakeRule:
    """BTC above 100, clears at 90, quiet for half an hour."""

    def make(**changes: object) -> Rule:
        spec = {
            "owner": owner,
            "subject": "price",
            "symbol": "BTC",
            "direction": "above",
            "threshold": Decimal(100),
            "hysteresis": 0.1,
        }
        return services.create_rule(**spec | changes)  # type: ignore[arg-type]

    return make
