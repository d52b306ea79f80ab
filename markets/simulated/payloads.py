"""Binance's JSON shapes: numbers as decimal strings with eight places, times in ms."""

from __future__ import annotations

from typing import Any, Final

from markets.simulated.bars import Bars, following
from markets.simulated.book import Book, Level
from markets.simulated.coins import Coin
from markets.simulated.limits import Limits
from markets.simulated.market import Summary
from markets.simulated.tape import Trades

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


def _rows(trades: Trades) -> zip[tuple[int, int, int, int, bool]]:
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
        for number, time, ticks, lots, maker in _rows(trades)
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
        for number, time, ticks, lots, maker in _rows(trades)
    ]


def trade_events(coin: Coin, trades: Trades, now: int) -> list[Payload]:
    return [
        {
            "e": "trade",
            "E": now,
            "s": coin.symbol,
            "t": number,
            "p": price(coin, ticks),
            "q": size(coin, lots),
            "T": time,
            "m": maker,
            "M": True,
        }
        for number, time, ticks, lots, maker in _rows(trades)
    ]


def agg_trade_events(coin: Coin, trades: Trades, now: int) -> list[Payload]:
    head = {"e": "aggTrade", "E": now, "s": coin.symbol}
    return [head | row for row in agg_trade_rows(coin, trades)]


def kline_event(
    coin: Coin, interval: str, bar: Bars, *, last_id: int, closed: bool, now: int
) -> Payload:
    """One row of bars as a kline event; trade ids are consecutive, so the last one gives the first."""
    row = kline_rows(coin, interval, bar)[0]
    candle = {
        "t": row[0],
        "T": row[6],
        "s": coin.symbol,
        "i": interval,
        "f": last_id - row[8] + 1,
        "L": last_id,
        "o": row[1],
        "c": row[4],
        "h": row[2],
        "l": row[3],
        "v": row[5],
        "n": row[8],
        "x": closed,
        "q": row[7],
        "V": row[9],
        "Q": row[10],
        "B": "0",
    }
    return {"e": "kline", "E": now, "s": coin.symbol, "k": candle}


def _levels(coin: Coin, levels: list[Level]) -> list[list[str]]:
    return [[price(coin, ticks), size(coin, lots)] for ticks, lots in levels]


def depth(coin: Coin, book: Book, limit: int) -> Payload:
    return {
        "lastUpdateId": book.update_id,
        "bids": _levels(coin, book.bids[:limit]),
        "asks": _levels(coin, book.asks[:limit]),
    }


def depth_event(coin: Coin, before: Book, after: Book, now: int) -> Payload:
    bids, asks = after.changes(before)
    return {
        "e": "depthUpdate",
        "E": now,
        "s": coin.symbol,
        "U": before.update_id + 1,
        "u": after.update_id,
        "b": _levels(coin, bids),
        "a": _levels(coin, asks),
    }


def book_ticker_event(coin: Coin, book: Book) -> Payload:
    return {
        "u": book.update_id,
        "s": coin.symbol,
        "b": price(coin, book.bids[0][0]),
        "B": size(coin, book.bids[0][1]),
        "a": price(coin, book.asks[0][0]),
        "A": size(coin, book.asks[0][1]),
    }


def book_ticker(coin: Coin, book: Book) -> Payload:
    event = book_ticker_event(coin, book)
    names = {"s": "symbol", "b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty"}
    return {name: event[key] for key, name in names.items()}


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


def mini_ticker_event(coin: Coin, day: Summary, now: int) -> Payload:
    row = mini_ticker(coin, day)
    keys = {
        "c": "lastPrice",
        "o": "openPrice",
        "h": "highPrice",
        "l": "lowPrice",
        "v": "volume",
        "q": "quoteVolume",
    }
    head = {"e": "24hrMiniTicker", "E": now, "s": coin.symbol}
    return head | {key: row[name] for key, name in keys.items()}


def ticker_event(coin: Coin, day: Summary, book: Book, now: int) -> Payload:
    row = ticker(coin, day, book)
    keys = {
        "p": "priceChange",
        "P": "priceChangePercent",
        "w": "weightedAvgPrice",
        "x": "prevClosePrice",
        "c": "lastPrice",
        "Q": "lastQty",
        "b": "bidPrice",
        "B": "bidQty",
        "a": "askPrice",
        "A": "askQty",
        "o": "openPrice",
        "h": "highPrice",
        "l": "lowPrice",
        "v": "volume",
        "q": "quoteVolume",
        "O": "openTime",
        "C": "closeTime",
        "F": "firstId",
        "L": "lastId",
        "n": "count",
    }
    head = {"e": "24hrTicker", "E": now, "s": coin.symbol}
    return head | {key: row[name] for key, name in keys.items()}


def exchange_info(coins: list[Coin], limits: Limits, now: int) -> Payload:
    return {
        "timezone": "UTC",
        "serverTime": now,
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": limits.weight_per_minute,
            }
        ],
        "exchangeFilters": [],
        "symbols": [_symbol(coin) for coin in coins],
    }


def _symbol(coin: Coin) -> Payload:
    return {
        "symbol": coin.symbol,
        "status": "TRADING",
        "baseAsset": coin.base,
        "baseAssetPrecision": PLACES,
        "quoteAsset": "USDT",
        "quotePrecision": PLACES,
        "quoteAssetPrecision": PLACES,
        "baseCommissionPrecision": PLACES,
        "quoteCommissionPrecision": PLACES,
        "orderTypes": ["LIMIT", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": False,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(coin),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _filters(coin: Coin) -> list[Payload]:
    tick, lot = price(coin, 1), size(coin, 1)
    most = "1000000.00000000"
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": most, "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": most, "stepSize": lot},
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ]
