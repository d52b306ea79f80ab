"""txid,refid,time,type,subtype,aclass[,subclass],asset[,wallet],amount,fee,balance.

The balance changes by amount - fee. The two legs of a trade share their `refid`, which is the id
of the trade in trades.csv. A row without `txid` waits and comes again when it is final.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from portfolios.formats import shape
from portfolios.formats.kraken import names
from portfolios.formats.numbers import plain
from portfolios.formats.shape import MONEY, Content, Found, Row, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import NOT_TRACKED, Leg, content, moved, trade, with_fee

NEEDS = (("txid",), ("refid",), ("time",), ("type",), ("asset",), ("amount",), ("fee",),
         ("balance",))  # fmt: skip
WHERE = "Kraken"
_LEGS = {"trade": "trade", "spend": "spend", "receive": "spend", "conversion": "spend"}
_INCOME = {"staking", "dividend", "reward", "invite bonus", "credit"}
_WITHIN_KRAKEN = "moves within Kraken"


@dataclass(frozen=True, slots=True)
class _Leg:
    row: Row
    at: datetime
    symbol: str
    amount: Decimal
    fee: Decimal

    @property
    def units(self) -> Leg:
        return Leg(self.symbol, abs(self.amount))

    @property
    def id(self) -> str:
        return f"kraken:{self.row.get('txid')}"


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """Rows in the file's order; a trade stands at its first leg."""
    made: dict[int, Found] = {}
    trades: dict[tuple[str, str], list[_Leg]] = defaultdict(list)
    order: list[int] = []
    for row in rows:
        order.append(row.line)
        found = _leg(row)
        if isinstance(found, Found):
            made[row.line] = found
        elif row.get("type").casefold() in _LEGS:
            trades[_LEGS[row.get("type").casefold()], row.get("refid")].append(found)
        else:
            made[row.line] = shape.one(row, partial(_alone, found, settings))
    for legs in trades.values():
        made |= {found.row.line: found for found in _trade(legs, settings)}
    for line in order:
        yield made[line]


def _leg(row: Row) -> _Leg | Found:
    if row.broken:
        return Found(row, errors=(row.broken,))
    if not row.get("txid"):
        return Found(row, ignored="waits at Kraken; its final row follows")
    try:
        return _Leg(
            row,
            utc(row.get("time"), "time"),
            _symbol(row),
            plain(row.get("amount"), "amount"),
            plain(row.get("fee"), "fee", empty=Decimal(0)),
        )
    except Wrong as error:
        return Found(row, errors=((error.column, error.message),))


def _symbol(row: Row) -> str:
    if not row.get("asset"):
        raise Wrong("asset", "Is empty.")
    return names.symbol(row.get("asset"))


def _alone(leg: _Leg, settings: Settings) -> Content | str:
    """What is no trade; the fee of a deposit or withdrawal is units of its asset."""
    word, subtype = leg.row.get("type").casefold(), leg.row.get("subtype").casefold()
    made: Content | str
    if word in {"deposit", "withdrawal"}:
        kind = "deposit" if leg.amount > 0 else "withdrawal"
        made = with_fee(_moved(kind, leg, settings), Leg(leg.symbol, leg.fee))
    elif word in _INCOME or (word == "earn" and subtype in {"reward", "bonus", ""}):
        made = _moved("reward", leg, settings) if leg.amount > 0 else _WITHIN_KRAKEN
    elif word in {"earn", "custodytransfer", "hybridearnwithdrawal", "hybridearndeposit"}:
        made = _WITHIN_KRAKEN
    elif word == "transfer":
        made = _transfer(leg, subtype, settings)
    elif word in {"rollover", "margin", "settled"}:
        made = _margin(leg, settings)
    elif word == "airdrop":
        made = _moved("airdrop", leg, settings)
    else:
        raise Wrong("type", f"“{leg.row.get('type')}” is not known.")
    return made if isinstance(made, str) else {**made, "external_id": leg.id}


def _moved(kind: str, leg: _Leg, settings: Settings) -> Content | str:
    if not leg.amount:
        raise Wrong("amount", "Is zero.")
    return moved(kind, leg.units, leg.at, WHERE, settings)


def _transfer(leg: _Leg, subtype: str, settings: Settings) -> Content | str:
    """Between Kraken's accounts; without a subtype a distribution, or a coin that was delisted."""
    if subtype:
        return _WITHIN_KRAKEN
    return _moved("airdrop" if leg.amount > 0 else "lost", leg, settings)


def _margin(leg: _Leg, settings: Settings) -> Content | str:
    """The interest of borrowed money; what a position itself won or lost is not read."""
    if leg.amount:
        raise Wrong("amount", "A margin position's result is not read: enter it by hand.")
    if leg.symbol in MONEY and not settings.track_cash:
        return NOT_TRACKED
    if not leg.fee:
        return "nothing moved"
    return content("interest", Leg(leg.symbol, leg.fee), leg.at, WHERE)


def _trade(legs: list[_Leg], settings: Settings) -> Iterator[Found]:
    """One content at the first leg; a second fee is a transaction of its own at its leg."""
    first = legs[0]
    given = [leg for leg in legs if leg.amount < 0]
    got = [leg for leg in legs if leg.amount > 0]
    fees = [leg for leg in legs if leg.fee]
    fee = fees[0] if fees else None

    def made() -> Content | str:
        if len(given) != 1 or len(got) != 1:
            raise Wrong("refid", f"A trade has two legs; {first.row.get('refid')} has not.")
        sides = given[0].units, got[0].units
        found = trade(*sides, first.at, WHERE, settings, column="amount")
        found = with_fee(found, Leg(fee.symbol, fee.fee) if fee else None)
        identity = f"kraken:{first.row.get('refid')}"
        return found if isinstance(found, str) else {**found, "external_id": identity}

    answer = shape.one(first.row, made)
    yield answer
    for leg in legs[1:]:
        if leg in fees[1:] and answer.content and (leg.symbol not in MONEY or settings.track_cash):
            second = content("fee", Leg(leg.symbol, leg.fee), leg.at, WHERE, external_id=leg.id)
            yield Found(leg.row, content=second)
        else:
            yield shape.part_of(leg.row, first.row)
