"""Which feed is current, what it trades, and how it fares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from markets.models import Asset, Feed, Market, Venue
from markets.services.assets import ensure_market, ensure_venue
from markets.sources.base import Health, Listing


@transaction.atomic
def make_current(slug: str, *, name: str, is_simulated: bool) -> Feed:
    """The feed of this venue is the one that prices come from now; there is one at a time."""
    venue = ensure_venue(slug)
    if (venue.name, venue.is_simulated) != (name, is_simulated):
        venue.name, venue.is_simulated = name, is_simulated
        venue.save(update_fields=["name", "is_simulated"])
    Feed.objects.exclude(venue=venue).filter(is_current=True).update(is_current=False)
    return Feed.objects.update_or_create(
        venue=venue, defaults={"is_current": True, "detail": "connecting"}
    )[0]


def make_none_current() -> None:
    """No feed runs: stored history alone is shown."""
    Feed.objects.filter(is_current=True).update(is_current=False)


def note_health(feed: Feed, health: Health, last_message_at: datetime | None) -> None:
    """Write how the connection fares where the badge reads it."""
    changed = {
        "reconnects": health.reconnects,
        "detail": health.detail[:300],
        "connected_at": health.connected_at,
    }
    if last_message_at is not None:
        changed["last_message_at"] = last_message_at
    Feed.objects.filter(pk=feed.pk).update(**changed)


def ensure_markets(venue: Venue, listings: Sequence[Listing]) -> list[Market]:
    """The markets to stream: the pairs against a dollar whose base is an active asset.

    Everything that a simulated exchange lists is streamed, and becomes an asset where it is new.
    One market a base: the first quote of USD_EQUIVALENTS that is listed.
    """
    rank = {quote: at for at, quote in enumerate(settings.USD_EQUIVALENTS)}
    wanted = set(Asset.objects.filter(is_active=True).values_list("symbol", flat=True))
    chosen: dict[str, Listing] = {}
    for listing in sorted(listings, key=lambda each: rank.get(each.quote, len(rank))):
        known = venue.is_simulated or listing.base in wanted
        if known and listing.quote in rank and listing.base not in rank:
            chosen.setdefault(listing.base, listing)
    ids = [ensure_market(venue, each.symbol, each.base, each.quote).pk for each in chosen.values()]
    found = Market.objects.filter(pk__in=ids, is_active=True)
    return list(found.select_related("base", "venue").order_by("base__symbol"))
