"""The JSON of Binance's REST answers: decimal strings with eight places, times in ms."""

from __future__ import annotations

from typing import Any, Final

from markets.simulated.bars import Bars, following
from markets.simulated.book import Book, Level
from markets.simulated.coins import Coin
from markets.simulated.market import Summary
from markets.simulated.trades import Trades

Payload = dict[str, Any]
PLACES: Final = 8


def text(units: int, decimals: int) -> str:
    """A whole number of 10^-decimals as a decimal string: text(6421050, 2) is 64210.50000000."""
    sign = "-" if units < 0 else ""
    whole, part = divmod(abs(units), 10**decimals)
    fraction = f"{part:0{decimals}d}" if decimals else ""
    return f"{sign}{whole}.{fraction:0<{PLACES}}"


def price(coin: Coin, ticks: int) -> str:
    return text(ticks, coin.price_decimals)


def size(coin: Coin, lots: int) -> str:
    return text(lots, coin.lot_decimals)


def money(coin: Coin, units: int) -> str:
    return text(units, coin.quote_decimals)


def mean_price(coin: Coin, quote: int, volume: int) -> str:
    """Volume-weighted price with eight places."""
    return text(round(quote * 10 ** (PLACES - coin.price_decimals) / volume), PLACES)


def kline_rows(coin: Coin, interval: str, bars: Bars) -> list[list[Any]]:
    columns = (column.tolist() for column in bars.columns())
    return [
        [
            opened,
            price(coin, o),
            price(coin, h),
            price(coin, low),
            price(coin, c),
            size(coin, v),
            following(interval, opened) - 1,
            money(coin, q),
            n,
            size(coin, b),
            money(coin, bq),
            "0",
        ]
        for opened, o, h, low, c, v, q, n, b, bq in zip(*columns, strict=True)
    ]


def rows(trades: Trades) -> zip[tuple[int, int, int, int, bool]]:
    columns = (trades.id, trades.time, trades.price, trades.lots, trades.maker)
    return zip(*(column.tolist() for column in columns), strict=True)


def trade_rows(coin: Coin, trades: Trades) -> list[Payload]:
    return [
        {
            "id": number,
            "price": price(coin, ticks),
            "qty": size(coin, lots),
            "quoteQty": money(coin, ticks * lots),
            "time": time,
            "isBuyerMaker": maker,
            "isBestMatch": True,
        }
        for number, time, ticks, lots, maker in rows(trades)
    ]


def agg_trade_rows(coin: Coin, trades: Trades) -> list[Payload]:
    """Here every aggregate holds one trade and bears its id."""
    return [
        {
            "a": number,
            "p": price(coin, ticks),
            "q": size(coin, lots),
            "f": number,
            "l": number,
            "T": time,
            "m": maker,
            "M": True,
        }
        for number, time, ticks, lots, maker in rows(trades)
    ]


def rungs(coin: Coin, levels: list[Level]) -> list[list[str]]:
    return [[price(coin, ticks), size(coin, lots)] for ticks, lots in levels]


def depth(coin: Coin, book: Book, limit: int) -> Payload:
    return {
        "lastUpdateId": book.update_id,
        "bids": rungs(coin, book.bids[:limit]),
        "asks": rungs(coin, book.asks[:limit]),
    }


def book_ticker(coin: Coin, book: Book) -> Payload:
    return {
        "symbol": coin.symbol,
        "bidPrice": price(coin, book.bids[0][0]),
        "bidQty": size(coin, book.bids[0][1]),
        "askPrice": price(coin, book.asks[0][0]),
        "askQty": size(coin, book.asks[0][1]),
    }


def _change(coin: Coin, day: Summary) -> tuple[str, str]:
    last = int(day.last.price[0])
    return price(coin, last - day.open), f"{(last / day.open - 1) * 100:.3f}"


def mini_ticker(coin: Coin, day: Summary) -> Payload:
    """The short form of /ticker/24hr."""
    last = int(day.last.id[0])
    return {
        "symbol": coin.symbol,
        "openPrice": price(coin, day.open),
        "highPrice": price(coin, day.high),
        "lowPrice": price(coin, day.low),
        "lastPrice": price(coin, int(day.last.price[0])),
        "volume": size(coin, day.volume),
        "quoteVolume": money(coin, day.quote),
        "openTime": day.opened_at,
        "closeTime": day.closed_at,
        "firstId": last - day.count + 1,
        "lastId": last,
        "count": day.count,
    }


def ticker(coin: Coin, day: Summary, book: Book) -> Payload:
    """The full form of /ticker/24hr."""
    change, percent = _change(coin, day)
    return {
        **mini_ticker(coin, day),
        **book_ticker(coin, book),
        "priceChange": change,
        "priceChangePercent": percent,
        "weightedAvgPrice": mean_price(coin, day.quote, day.volume),
        "prevClosePrice": price(coin, day.open),
        "lastQty": size(coin, int(day.last.lots[0])),
    }
