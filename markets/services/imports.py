"""History from a CSV file: all of it or none, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from markets import known
from markets.candle_csv import BadRow, CandleFile, NotCandlesError, Row
from markets.models import Interval, Venue
from markets.services.assets import ensure_market, ensure_venue
from markets.services.candles import STAGE, Upserted, make_stage, upsert_stage
from markets.services.copying import copy_in

_WAITING = """
DROP TABLE IF EXISTS candle_import;
CREATE TEMP TABLE candle_import (
    symbol text, open_time timestamptz, open numeric, high numeric, low numeric, close numeric,
    volume numeric
) ON COMMIT DROP
"""
_TO_STAGE = f"""
INSERT INTO {STAGE} (market_id, interval, open_time, open, high, low, close, volume, is_closed)
SELECT market_id, %s, open_time, open, high, low, close, volume, open_time + %s::interval <= now()
FROM candle_import JOIN unnest(%s::text[], %s::bigint[]) AS m(symbol, market_id) USING (symbol)
"""  # noqa: S608 - constants of this package only


@dataclass(frozen=True)
class ImportReport:
    """What an import did. ``rows`` were good; ``bad`` lists every row that was not."""

    venue: str
    interval: str
    symbols: int
    rows: int
    inserted: int
    updated: int
    seconds: float
    bad: list[BadRow] = field(default_factory=list)


class ImportFailedError(Exception):
    """Nothing was imported. ``bad`` lists the rows to mend; empty when the whole file is wrong."""

    def __init__(self, message: str, bad: list[BadRow] | None = None) -> None:
        super().__init__(message)
        self.bad = bad or []


def import_candles(
    file: Path | str | Iterable[str], venue_slug: str = "import", *, skip_bad: bool = False
) -> ImportReport:
    """Load OHLCV history from a path, or from lines of text, into a real venue.

    The file is read once and never held whole. Missing assets and markets are made; a bar that is
    there already is replaced when it differs, so that a second import changes nothing.
    ImportFailedError when a row is bad (unless ``skip_bad``), or when the file is no candles.
    """
    if not isinstance(file, (Path, str)):
        return _import(file, venue_slug, skip_bad=skip_bad)
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            return _import(lines, venue_slug, skip_bad=skip_bad)
    except OSError as error:
        raise ImportFailedError(f"{file}: {error.strerror or error}") from error


@transaction.atomic
def _import(lines: Iterable[str], venue_slug: str, *, skip_bad: bool) -> ImportReport:
    started = time.perf_counter()
    venue = ensure_venue(venue_slug)
    if venue.is_simulated:
        raise ImportFailedError(
            f"venue: {venue.name} is simulated, and real history never mixes with it"
        )
    file = CandleFile(lines, now=timezone.now())
    try:
        _stage(file)
        interval = Interval(file.interval)
    except NotCandlesError as error:
        raise ImportFailedError(str(error), file.bad) from error
    if file.bad and not skip_bad:
        raise ImportFailedError(_count(len(file.bad), "bad"), file.bad)
    done = _store(venue, file.symbols, interval)
    return ImportReport(
        venue=venue.slug,
        interval=interval.value,
        symbols=len(file.symbols),
        rows=sum(done),
        inserted=done.inserted,
        updated=done.updated,
        seconds=time.perf_counter() - started,
        bad=file.bad,
    )


def _count(rows: int, what: str) -> str:
    return f"1 row is {what}" if rows == 1 else f"{rows:,} rows are {what}"


def _stage(file: CandleFile) -> None:
    """Bars wait in a table of this transaction: their length is known only after the last row."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        rows = file.rows()
        copy_in(
            cursor,
            "candle_import",
            iter(lambda: "".join(_line(row) for row in islice(rows, 2000)), ""),
        )


def _line(row: Row) -> str:
    bar = row.bar
    return (
        f"{row.symbol}\t{bar.open_time.isoformat()}\t{bar.open}\t{bar.high}\t{bar.low}\t"
        f"{bar.close}\t{bar.volume}\n"
    )


def _store(venue: Venue, symbols: set[str], interval: Interval) -> Upserted:
    ids = {symbol: _market_id(venue, symbol) for symbol in sorted(symbols)}
    make_stage()
    with connection.cursor() as cursor:
        cursor.execute(_TO_STAGE, [interval.value, interval.sql, list(ids), list(ids.values())])
    return upsert_stage()


def _market_id(venue: Venue, symbol: str) -> int:
    return ensure_market(venue, symbol, *known.split_pair(symbol)).pk
