"""The JSON of Binance's stream events; numbers and times as in payloads."""

from __future__ import annotations

from markets.simulated.bars import Bars
from markets.simulated.book import Book
from markets.simulated.coins import Coin
from markets.simulated.market import Summary
from markets.simulated.payloads import (
    Payload,
    agg_trade_rows,
    kline_rows,
    mini_ticker,
    price,
    rows,
    rungs,
    size,
    ticker,
)
from markets.simulated.trades import Trades


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
        for number, time, ticks, lots, maker in rows(trades)
    ]


def agg_trade_events(coin: Coin, trades: Trades, now: int) -> list[Payload]:
    head = {"e": "aggTrade", "E": now, "s": coin.symbol}
    return [head | row for row in agg_trade_rows(coin, trades)]


def kline_event(
    coin: Coin, interval: str, bar: Bars, *, last_id: int, closed: bool, now: int
) -> Payload:
    """One row of bars; trade ids are consecutive, so the last one gives the first."""
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


def depth_event(coin: Coin, before: Book, after: Book, now: int) -> Payload:
    bids, asks = after.changes(before)
    return {
        "e": "depthUpdate",
        "E": now,
        "s": coin.symbol,
        "U": before.update_id + 1,
        "u": after.update_id,
        "b": rungs(coin, bids),
        "a": rungs(coin, asks),
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
