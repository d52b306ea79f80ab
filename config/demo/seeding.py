"""Puts the demo into the database, through the services that everybody uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts import services as accounts
from accounts.models import User
from alerts import services as alerts
from alerts.models import ChannelKind, Direction, Event, Rule, Subject
from config.demo import stories
from config.demo.tape import SimulatedTape, Tape, VenueTape
from markets.models import Asset, Venue
from markets.sources import probe
from markets.sources.base import SourceError
from portfolios import services as portfolios
from portfolios.models import Portfolio, Watchlist
from portfolios.services.watchlists import create_watchlist, watch
from risk import services as risk
from risk.limits import Measure
from risk.models import Limit, RiskSnapshot

EMAIL = "demo@plimsoll.local"
PASSWORD = "plimsoll-demo"  # noqa: S105 - printed by `make run`, for private databases only
SNAPSHOT_DAYS = 90
FORECAST_DAYS = 120

Story = Callable[[stories.Prices, date], list[stories.Row]]


@dataclass(frozen=True)
class Part:
    name: str
    story: Story
    settings: dict[str, Any]


BET = "Concentrated bet"
PARTS = (
    Part("Calm core", stories.calm_core, {}),
    Part(BET, stories.concentrated_bet, {}),
    Part("Stable reserve", stories.stable_reserve, {"base_currency": "EUR", "track_cash": True}),
)
#: Portfolio ("": all together), measure, line, and what else it takes.
LIMITS: tuple[tuple[str, Measure, float, dict[str, Any]], ...] = (
    ("Calm core", Measure.VAR, 0.045, {}),
    (BET, Measure.LARGEST_WEIGHT, 0.40, {"name": "No coin above 40 %"}),
    (BET, Measure.VOLATILITY, 0.85, {}),
    ("Stable reserve", Measure.STABLE_SHARE, 0.8, {"name": "Powder stays dry"}),
    ("", Measure.CVAR, 0.08, {"name": "A bad day, all together"}),
)
#: What each portfolio should be made of; the rest may be anything.
TARGETS = {
    "Calm core": (("BTC", "0.5"), ("ETH", "0.3"), ("USDC", "0.15")),
    "Stable reserve": (("USDC", "0.6"), ("EUR", "0.3"), ("BTC", "0.1")),
}
WATCHED = (
    ("AVAX", "Too dear last autumn; look again below the 200-day line."),
    ("LINK", "What the oracles are paid."),
    ("DOGE", "For the mood of the market."),
)


def seed(tell: Callable[[str], None]) -> None:
    """Everything, or what of it is missing. Rows that are there are left as they are."""
    tape = choose_tape(tell)
    tell(f"Writing the daily prices of {len(tape.symbols)} coins at {tape.slug}.")
    with transaction.atomic():
        _seed(tape, tell)


def choose_tape(tell: Callable[[str], None]) -> Tape:
    """Binance's history when it will be the feed, so that the demo moves with it; else simulated.

    The other feeds do not list all that the stories need.
    """
    if probe.choose(settings.MARKET_FEED) == "binance":
        try:
            tape = VenueTape("binance", stories.SYMBOLS)
            if {"BTC", "ETH", "SOL", "USDC", "EUR"} <= set(tape.symbols):
                return tape
        except (SourceError, OSError) as error:
            tell(f"Binance does not serve its history ({error}).")
    return SimulatedTape()


def _seed(tape: Tape, tell: Callable[[str], None]) -> None:
    venue = tape.store()
    user = demo_user()
    made: list[Portfolio] = []
    for part in PARTS:
        if not Portfolio.objects.filter(owner=user, name=part.name).exists():
            tell(f"Telling the story of {part.name}.")
            made.append(_tell(part, user, venue, tape))
    portfolios.revalue([portfolio.pk for portfolio in made])
    tell(f"Measuring the risk of the last {SNAPSHOT_DAYS} days.")
    for portfolio in made:
        risk.backfill_snapshots(portfolio, SNAPSHOT_DAYS)
    tell(f"Forecasting each of the last {FORECAST_DAYS} days from the days before it.")
    risk.backfill_forecasts([portfolio.pk for portfolio in made], FORECAST_DAYS)
    risk.recompute([portfolio.pk for portfolio in made])
    _rules(user, tape)
    _limits(user)
    _wishes(user)


def demo_user() -> User:
    """The person who signs in to the demo, and may see the operator's pages."""
    known = User.objects.filter(email=EMAIL).first()
    if known is not None:
        return known
    return accounts.register(
        email=EMAIL,
        password=PASSWORD,
        name="Robin Demo",
        is_email_verified=True,
        is_staff=True,
        is_superuser=True,
    )


def _tell(part: Part, user: User, venue: Venue, tape: Tape) -> Portfolio:
    """The portfolio keeps to the tape's venue: its story is true of no other prices."""
    portfolio = portfolios.create_portfolio(
        owner=user, name=part.name, venue=venue, **part.settings
    )
    rows = part.story(tape.span, datetime.now(UTC).date())
    portfolios.add_transactions(portfolio=portfolio, rows=rows)
    return Portfolio.objects.select_related("venue").get(pk=portfolio.pk)


def _rules(user: User, tape: Tape) -> None:
    bet = Portfolio.objects.filter(owner=user, name=BET).first()
    if bet is None or Rule.objects.filter(owner=user).exists():
        return
    channels = _channels(user)
    _fired(user, bet, channels)
    # Two thirds of a percent above the price: on most days it is crossed within the hour.
    threshold = (tape.price_now("SOL") * Decimal("1.0066")).quantize(Decimal("0.01"))
    alerts.create_rule(
        owner=user,
        name="Solana breaks out",
        subject=Subject.PRICE,
        symbol="SOL",
        direction=Direction.ABOVE,
        threshold=threshold,
        channels=channels,
    )


def _limits(user: User) -> None:
    """How much each portfolio may carry; the bet is over the line on its largest coin."""
    by_name = {portfolio.name: portfolio for portfolio in Portfolio.objects.filter(owner=user)}
    if (
        not by_name.keys() >= {part.name for part in PARTS}
        or Limit.objects.filter(owner=user).exists()
    ):
        return
    for name, measure, threshold, more in LIMITS:
        portfolio = by_name[name].pk if name else None
        risk.create_limit(
            owner=user, portfolio=portfolio, measure=measure, threshold=threshold, **more
        )


def _wishes(user: User) -> None:
    """Targets, and a list of what is looked at and not held."""
    for portfolio in Portfolio.objects.filter(owner=user, name__in=TARGETS, targets=None):
        portfolios.set_targets(portfolio=portfolio, targets=TARGETS[portfolio.name])
    if Watchlist.objects.filter(owner=user).exists():
        return
    listed = create_watchlist(owner=user, name="Next up")
    known = set(Asset.objects.values_list("symbol", flat=True))
    for symbol, note in WATCHED:
        if symbol in known:
            watch(watchlist=listed, symbol=symbol, note=note)


def _channels(user: User) -> list[int]:
    """The app and the demo's own confirmed address."""
    EmailAddress.objects.filter(user=user, email=EMAIL).update(verified=True)
    in_app = alerts.create_channel(owner=user, kind=ChannelKind.IN_APP)
    mail = alerts.create_channel(owner=user, kind=ChannelKind.EMAIL, address=EMAIL)
    return [in_app.pk, mail.pk]


def _fired(user: User, bet: Portfolio, channels: list[int]) -> None:
    """A VaR rule just below the risk of now, fired on the day the history crossed it."""
    snapshots = list(bet.risk_snapshots.exclude(var=None).order_by("as_of"))
    if not snapshots:
        return
    threshold = Decimal(str(round((snapshots[-1].var or 0.0) * 0.93, 3)))
    rule = alerts.create_rule(
        owner=user,
        name="The bet gets too big",
        subject=Subject.RISK,
        portfolio=bet.pk,
        direction=Direction.ABOVE,
        threshold=threshold,
        channels=channels,
    )
    crossed = _crossing(snapshots, float(threshold))
    transaction.on_commit(lambda: _date_back(rule, crossed.as_of))


def _crossing(snapshots: list[RiskSnapshot], threshold: float) -> RiskSnapshot:
    """The first of the last unbroken run of snapshots above the threshold."""
    first = snapshots[-1]
    for snapshot in reversed(snapshots):
        if (snapshot.var or 0.0) <= threshold:
            break
        first = snapshot
    return first


def _date_back(rule: Rule, moment: datetime) -> None:
    """The rule was judged when it was stored; in the story it stood there before."""
    Event.objects.filter(rule=rule).update(occurred_at=moment)
    Rule.objects.filter(pk=rule.pk).update(
        state_since=moment, last_fired_at=moment, created_at=min(moment, rule.created_at)
    )
