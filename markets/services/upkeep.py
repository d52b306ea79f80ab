"""What the schedule asks for: prices while the stream is silent, bars, clean-up, health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis import RedisError

from markets import board, broadcast, partitions, sources
from markets.models import Asset, Candle, Feed, Interval, Market
from markets.services.health import note_source
from markets.services.history import SPANS, fill_all
from markets.sources import coingecko, probe
from markets.sources.base import Ticker

logger = structlog.get_logger(__name__)

#: A stream that is silent for longer is helped out by REST.
SILENCE: Final = timedelta(seconds=60)
_SET_PRICE = """
    INSERT INTO markets_lastprice AS l (market_id, price, time, updated_at)
    SELECT market_id, price, time, clock_timestamp()
    FROM unnest(%s::bigint[], %s::numeric[], %s::timestamptz[]) AS n(market_id, price, time)
    ORDER BY market_id
    ON CONFLICT (market_id) DO UPDATE SET
        price = excluded.price, time = excluded.time, updated_at = excluded.updated_at
    WHERE excluded.time > l.time
"""


def _current_feed() -> Feed | None:
    return Feed.objects.filter(is_current=True).select_related("venue").first()


def _streamed(feed: Feed) -> dict[str, Market]:
    markets = Market.objects.filter(
        venue=feed.venue, is_active=True, quote__symbol__in=settings.USD_EQUIVALENTS
    )
    return {market.symbol: market for market in markets.select_related("base")}


def refresh_prices() -> int:
    """Ask the current feed's REST for last prices while its stream is silent.

    Returns how many prices it got; 0 while the stream runs, or when no feed does. Raises
    SourceError or OSError when the venue does not answer.
    """
    feed = _current_feed()
    if feed is None:
        return 0
    silent_since = timezone.now() - SILENCE
    if feed.last_message_at is not None and feed.last_message_at > silent_since:
        return 0
    markets = _streamed(feed)
    tickers = sources.by_name(feed.venue.slug).tickers(list(markets))
    _store_prices(tickers, markets)
    _publish(feed.venue.slug, tickers, markets)
    logger.info("prices_polled", venue=feed.venue.slug, prices=len(tickers))
    return len(tickers)


def _store_prices(tickers: list[Ticker], markets: dict[str, Market]) -> None:
    rows = sorted((markets[each.symbol].pk, each.price, _time(each)) for each in tickers)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SET_PRICE, [list(column) for column in zip(*rows, strict=True)])


def _publish(venue: str, tickers: list[Ticker], markets: dict[str, Market]) -> None:
    entries = {
        markets[each.symbol].base.symbol: board.Entry(each.price, _time(each), each.change_24h)
        for each in tickers
    }
    try:
        board.write(venue, entries)
        async_to_sync(broadcast.send_prices)(board.next_sequence(), entries)
    except (RedisError, OSError) as error:  # the database has them
        logger.warning("prices_not_published", error=str(error))


def _time(ticker: Ticker) -> datetime:
    """The venue's time of the price, never ahead of our clock."""
    return min(board.from_microseconds(ticker.time), datetime.now(UTC))


def refresh_market_data() -> None:
    """Bring the closed hours and days of the current feed up to date, and the ranks of coins."""
    feed = _current_feed()
    if feed is None:
        return
    made_there = tuple(span for span in SPANS if not span.is_folded)
    fill_all(sources.by_name(feed.venue.slug), list(_streamed(feed).values()), made_there)
    if not feed.venue.is_simulated:
        refresh_ranks()


@transaction.atomic
def refresh_ranks() -> int:
    """Rank and market value of the coins we know, from CoinGecko. Returns how many it knew."""
    found = {each.id: each for each in coingecko.live().overview(250)}
    known = list(Asset.objects.exclude(coingecko_id="").filter(coingecko_id__in=found))
    for asset in known:
        asset.market_cap_rank = found[asset.coingecko_id].market_cap_rank
        asset.market_cap_usd = found[asset.coingecko_id].market_cap
    Asset.objects.bulk_update(known, ["market_cap_rank", "market_cap_usd"])
    return len(known)


def clean_up() -> int:
    """Keep the partitions of ticks, drop old one-second bars. Returns how many bars went."""
    kept = partitions.keep()
    oldest = timezone.now() - timedelta(days=settings.SECOND_BAR_RETENTION_DAYS)
    dropped, _ = Candle.objects.filter(interval=Interval.S1, open_time__lt=oldest).delete()
    logger.info(
        "markets_cleaned",
        partitions_made=len(kept.created),
        partitions_dropped=len(kept.dropped),
        bars_dropped=dropped,
    )
    return dropped


def check_sources() -> dict[str, str]:
    """Look at each outside source and write what was found; returns the states by source.

    Sources that MARKET_FEED does not let us use are not asked.
    """
    states = {name: _check_feed(name) for name in probe.PUBLIC}
    key = settings.ETHERSCAN_API_KEY
    states["etherscan"] = (
        note_source("etherscan", "ok", None, "asked hourly")
        if key
        else _off("etherscan", "no ETHERSCAN_API_KEY is set")
    )
    return states


def _check_feed(name: str) -> str:
    if settings.MARKET_FEED not in {"auto", "live", name}:
        return _off(name, f"MARKET_FEED is {settings.MARKET_FEED}")
    finding = probe.check(name)
    state = "failing" if finding.problem else "ok"
    return note_source(name, state, finding.seconds * 1000, finding.problem)


def _off(source: str, why: str) -> str:
    return note_source(source, "off", None, why)
