"""Which venue prices come from, and in what state its feed is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils import timezone

from markets.models import Feed, FeedStatus, Market, Venue

#: A real feed that is silent for longer is DELAYED.
SILENCE_SECONDS: Final = 30.0
#: The venue of daily rates of currencies. It prices no coins, so that it is never the current one.
REFERENCE: Final = "ecb"

# One index probe a market: the newest daily bar.
_NEWEST_HISTORY = """
SELECT v.* FROM markets_venue v
JOIN markets_market m ON m.venue_id = v.id AND v.slug <> %s
CROSS JOIN LATERAL (
    SELECT open_time FROM markets_candle
    WHERE market_id = m.id AND interval = '1d' ORDER BY open_time DESC LIMIT 1
) AS newest
GROUP BY v.id ORDER BY v.is_simulated, max(newest.open_time) DESC, v.id LIMIT 1
"""


def current_venue() -> Venue | None:
    """The venue whose feed runs; else the real venue with the newest daily bars, else a simulated
    one that has some; None on an empty database.
    """
    feed = Feed.objects.filter(is_current=True).select_related("venue").first()
    if feed is not None:
        return feed.venue
    venues = {venue.pk: venue for venue in Venue.objects.order_by("pk")}
    versions = tuple((pk, venue.history_version) for pk, venue in venues.items())
    newest = _newest_history(versions)
    return venues.get(newest) if newest is not None else None


@lru_cache(maxsize=4)
def _newest_history(
    versions: tuple[tuple[int, int], ...],  # noqa: ARG001 - a key only: bars of a venue changed
) -> int | None:
    return next((venue.pk for venue in Venue.objects.raw(_NEWEST_HISTORY, [REFERENCE])), None)


@dataclass(frozen=True)
class FeedState:
    """What the badge shows. ``backfill`` is (done, total) steps of fetching history.

    ``venue`` is the slug of the venue that is shown, "" on an empty database.
    """

    status: FeedStatus
    venue: str
    label: str
    last_message_at: datetime | None
    age_seconds: float | None
    backfill: tuple[int, int]
    detail: str = ""

    @property
    def is_simulated(self) -> bool:
        return self.status == FeedStatus.SIMULATED

    @property
    def is_backfilling(self) -> bool:
        return self.backfill[0] < self.backfill[1]


def feed_state() -> FeedState:
    """The state of the current feed; STORED when none runs, whatever the stored prices are."""
    feed = Feed.objects.filter(is_current=True).select_related("venue").first()
    if feed is None:
        return _stored(current_venue())
    age = None
    if feed.last_message_at is not None:
        age = max(0.0, (timezone.now() - feed.last_message_at).total_seconds())
    silent = age is None or age > SILENCE_SECONDS
    status = FeedStatus.DELAYED if silent else FeedStatus.LIVE
    detail = feed.detail
    if silent and feed.last_message_at is not None:
        detail = f"silent since {feed.last_message_at:%Y-%m-%d %H:%M:%S} UTC"
    if feed.venue.is_simulated:
        status = FeedStatus.SIMULATED
    return FeedState(
        status=status,
        venue=feed.venue.slug,
        label=f"{status.label} · {feed.venue.name}",
        last_message_at=feed.last_message_at,
        age_seconds=age,
        backfill=(feed.backfill_done, feed.backfill_total),
        detail=detail,
    )


def _stored(venue: Venue | None) -> FeedState:
    """A simulated market stays labelled so when its feed is off."""
    status = FeedStatus.STORED
    detail = "no feed runs: prices are those stored"
    if venue is not None and venue.is_simulated:
        status, detail = FeedStatus.SIMULATED, "no feed runs: simulated prices as stored"
    name = "no prices yet" if venue is None else venue.name
    return FeedState(
        status=status,
        venue="" if venue is None else venue.slug,
        label=f"{status.label} · {name}",
        last_message_at=None,
        age_seconds=None,
        backfill=(0, 0),
        detail=detail,
    )


def is_dollar(symbol: str) -> bool:
    """Whether one unit counts as one US dollar (settings.USD_EQUIVALENTS)."""
    return symbol in settings.USD_EQUIVALENTS


def usd_markets(venue: Venue, symbols: Iterable[str] | None = None) -> dict[str, int]:
    """Primary key of the market that prices each asset in dollars at ``venue``.

    Where several quotes count as a dollar, the first of USD_EQUIVALENTS wins. Assets without such
    a market, and the dollars themselves, are left out. None asks for all assets.
    """
    rank = {quote: at for at, quote in enumerate(settings.USD_EQUIVALENTS)}
    found = Market.objects.filter(venue=venue, is_active=True, quote__symbol__in=rank)
    if symbols is not None:
        found = found.filter(base__symbol__in=set(symbols))
    rows = sorted(
        found.values_list("base__symbol", "quote__symbol", "pk"),
        key=lambda row: rank[row[1]],
        reverse=True,
    )
    return {base: pk for base, _, pk in rows if base not in rank}
