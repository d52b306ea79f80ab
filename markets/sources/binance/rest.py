"""Binance's REST: candles, trades by id, listings and tickers, within its weight limits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import requests
import structlog

from markets.sources.base import Bar, Listing, SourceError, Ticker, Trade
from markets.sources.binance.frames import BadFrameError, checked_trade

logger = structlog.get_logger(__name__)

PAGE: Final = 1000
#: The venue's ceiling is 6,000 a minute and address; others may share ours.
WEIGHT_A_MINUTE: Final = 4800
_WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
_TIMEOUT: Final = (3.05, 15.0)
_RATE_CODES: Final = {-1003, -1008}
_INTERVALS: Final = {
    "1s": timedelta(seconds=1),
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}


class Rest:
    """One venue's REST. Safe to use from several threads; waits rather than being banned."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._lock = threading.Lock()
        self._minute = 0
        self._used = 0
        self._banned_until = 0.0

    def get(self, path: str, params: dict[str, Any], weight: int) -> Any:
        """The decoded answer. SourceError on an error body, requests.RequestException on no answer.

        Blocks while the minute's weight is used up. A 429 or 418 closes the door for as long as the
        venue says: until then every call raises SourceError without asking.
        """
        self._wait_for(weight)
        response = self._session.get(self._url + path, params=params, timeout=_TIMEOUT)
        self._account(response)
        if response.status_code in {418, 429}:
            raise self._banned(response)
        body = self._body(response)
        if response.ok:
            return body
        code = body.get("code") if isinstance(body, dict) else None
        message = body.get("msg", "") if isinstance(body, dict) else ""
        raise SourceError(
            f"{path}: HTTP {response.status_code} {code or ''} {message}".strip(),
            permanent=response.status_code < 500 and code not in _RATE_CODES,
            code=code if code is not None else response.status_code,
        )

    def _wait_for(self, weight: int) -> None:
        left = self._banned_until - time.monotonic()
        if left > 0:
            raise SourceError("the venue asked us to wait", retry_after=left, code=429)
        with self._lock:
            minute, seconds = divmod(time.time(), 60)
            if int(minute) != self._minute:
                self._minute, self._used = int(minute), 0
            if self._used + weight > WEIGHT_A_MINUTE:
                logger.info("weight_used_up", used=self._used, wait_seconds=round(60 - seconds, 1))
                time.sleep(60 - seconds)
                self._minute, self._used = int(minute) + 1, 0
            self._used += weight

    def _account(self, response: requests.Response) -> None:
        used = response.headers.get(_WEIGHT_HEADER, "")
        if used.isdigit():
            with self._lock:
                self._used = max(self._used, int(used))

    def _banned(self, response: requests.Response) -> SourceError:
        said = response.headers.get("Retry-After", "")
        seconds = float(said) if said.isdigit() else 60.0
        self._banned_until = time.monotonic() + seconds
        logger.warning("rate_limited", status=response.status_code, retry_after=seconds)
        return SourceError(
            f"HTTP {response.status_code}: too many requests",
            retry_after=seconds,
            code=response.status_code,
        )

    @staticmethod
    def _body(response: requests.Response) -> Any:
        try:
            return json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise SourceError(
                f"HTTP {response.status_code}: not JSON but {response.text[:80]!r}",
                code=response.status_code,
            ) from error

    def klines(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """Bars with open time in [start, end), oldest first, a page a request.

        Impossible ones (venues have published lows of 0) are left out and logged.
        """
        length = _INTERVALS[interval]
        at, last = _ms(start), _ms(end) - 1
        while at <= last:
            params = {
                "symbol": symbol,
                "interval": interval,
                "startTime": at,
                "endTime": last,
                "limit": PAGE,
            }
            rows = _rows(self.get("/api/v3/klines", params, weight=2))
            for row in rows:
                bar = _bar(row, length)
                if is_possible(bar):
                    yield bar
                else:
                    logger.warning("impossible_candle", market=symbol, candle=str(row)[:120])
            if len(rows) < PAGE:
                return
            at = _ms(_bar(rows[-1], length).open_time + length)

    def trades_since(self, symbol: str, first_id: int) -> list[Trade]:
        """Up to a page of trades with this id or a higher one, oldest first."""
        params = {"symbol": symbol, "fromId": first_id, "limit": PAGE}
        return _trades(symbol, self.get("/api/v3/historicalTrades", params, weight=25))

    def recent_trades(self, symbol: str) -> list[Trade]:
        """The last page of trades, oldest first."""
        params = {"symbol": symbol, "limit": PAGE}
        return _trades(symbol, self.get("/api/v3/trades", params, weight=25))

    def listings(self) -> list[Listing]:
        """The pairs whose status is TRADING."""
        info = self.get("/api/v3/exchangeInfo", {}, weight=20)
        if not isinstance(info, dict) or not isinstance(info.get("symbols"), list):
            raise SourceError("/api/v3/exchangeInfo: no list of symbols")
        return [
            Listing(row["symbol"], row["baseAsset"], row["quoteAsset"])
            for row in info["symbols"]
            if isinstance(row, dict) and row.get("status") == "TRADING"
        ]

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """The 24-hour summary of each symbol; those the venue does not list are left out."""
        rows = _rows(self.get("/api/v3/ticker/24hr", {}, weight=80))
        wanted = set(symbols)
        return [_ticker(row) for row in rows if row.get("symbol") in wanted]


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _rows(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise SourceError(f"a list was expected, not {str(answer)[:80]}")
    return answer


def _bar(row: Any, length: timedelta) -> Bar:
    """A kline row: open time, o, h, l, c, volume, close time, quote volume, trades, …"""
    try:
        opened = datetime.fromtimestamp(row[0] / 1000, UTC)
        o, h, low, c, volume, turnover = (Decimal(row[at]) for at in (1, 2, 3, 4, 5, 7))
        trades = int(row[8])
    except (TypeError, ValueError, LookupError, InvalidOperation, OverflowError, OSError) as error:
        raise SourceError(f"no candle: {str(row)[:120]}") from error
    if not all(number.is_finite() for number in (o, h, low, c, volume, turnover)):
        raise SourceError(f"no candle: {str(row)[:120]}")
    vwap = min(max(turnover / volume, low), h) if volume else None
    closed = opened + length <= datetime.now(UTC)
    return Bar(opened, o, h, low, c, volume, vwap, trades, closed)


def is_possible(bar: Bar) -> bool:
    """Prices are positive, and open and close lie between low and high."""
    ends = (bar.open, bar.close)
    return 0 < bar.low <= min(ends) and max(ends) <= bar.high and bar.volume >= 0


def _trades(symbol: str, answer: Any) -> list[Trade]:
    return [_trade(symbol, row) for row in _rows(answer)]


def _trade(symbol: str, row: Any) -> Trade:
    try:
        price, quantity = Decimal(row["price"]), Decimal(row["qty"])
        sold = bool(row["isBuyerMaker"])
        return checked_trade(symbol, int(row["id"]), int(row["time"]), price, quantity, sold=sold)
    except (TypeError, ValueError, LookupError, InvalidOperation, BadFrameError) as error:
        raise SourceError(f"no trade: {str(row)[:120]}") from error


def _ticker(row: dict[str, Any]) -> Ticker:
    try:
        price, change = Decimal(row["lastPrice"]), float(row["priceChangePercent"]) / 100
        if not (price.is_finite() and price > 0):
            raise SourceError(f"{row['symbol']}: the last price {price} is not positive")
        return Ticker(row["symbol"], price, int(row["closeTime"]) * 1000, change)
    except (TypeError, ValueError, LookupError, InvalidOperation) as error:
        raise SourceError(f"no ticker: {str(row)[:120]}") from error
