"""txid,ordertxid,pair,time,type,ordertype,price,cost,fee,vol,margin,misc,ledgers[,…]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from portfolios.formats import shape
from portfolios.formats.kraken import names
from portfolios.formats.numbers import plain, written
from portfolios.formats.shape import MONEY, Content, Found, Row, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import Leg, content, trade, with_fee

NEEDS = (("txid",), ("ordertxid",), ("pair",), ("time",), ("type",), ("price",), ("cost",),
         ("fee",), ("vol",))  # fmt: skip
WHERE = "Kraken"


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """A row each; its id is that of the trade in ledgers.csv, so that both may be imported."""
    return shape.each(rows, lambda row: _made(row, settings))


def _made(row: Row, settings: Settings) -> Content | str:
    at = utc(row.get("time"), "time")
    pair = names.split(row.get("pair"))
    side = row.get("type").casefold()
    if pair is None:
        raise Wrong("pair", f"“{row.get('pair')}” cannot be split into two assets.")
    if side not in {"buy", "sell"}:
        raise Wrong("type", f"“{row.get('type')}” is neither buy nor sell.")
    if plain(row.get("margin"), "margin", empty=Decimal(0)):
        raise Wrong("margin", "A margin position is not read: enter its result by hand.")
    base, quote = pair
    volume, cost = plain(row.get("vol"), "vol"), plain(row.get("cost"), "cost")
    if volume <= 0 or cost < 0:
        column = "vol" if volume <= 0 else "cost"
        raise Wrong(column, "Must be greater than zero.")
    made: Content | str
    if quote in MONEY and base not in MONEY:
        price = written(plain(row.get("price"), "price"))
        made = content(side, Leg(base, volume), at, WHERE, price=price, currency=quote)
    else:
        legs = Leg(quote, cost), Leg(base, volume)
        made = trade(*(legs if side == "buy" else legs[::-1]), at, WHERE, settings, column="cost")
    made = with_fee(made, Leg(quote, plain(row.get("fee"), "fee", empty=Decimal(0))))
    if isinstance(made, str):
        return made
    if not row.get("txid"):
        raise Wrong("txid", "Is empty.")
    return {**made, "external_id": f"kraken:{row.get('txid')}"}
