"""What looks wrong in one ledger, item by item, each with the ways to mend it.

Everything that follows from transactions alone is found by a few statements and kept until the
next edit; prices and wallets are asked for each time. `key` names an item within its kind, so that
a mend or a dismissal knows it again: a symbol, a transaction's id, ids, a place, a wallet's id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from markets.models import Asset, AssetKind
from portfolios.lots import ZERO
from portfolios.models import Dismissal, Portfolio, TransactionType, Wallet
from portfolios.selectors.book import Book

#: Items of one kind that are listed; the rest is counted.
LISTED = 50
KEPT_SECONDS = 3600

#: Kinds, gravest first, and what several of them are called together.
KINDS = {
    "missing_price": "assets without a price",
    "unmatched": "transactions that took more than was there",
    "negative": "places that gave more than they had",
    "duplicate": "transactions that are there twice",
    "assumed_basis": "deposits without a price",
    "stale_price": "old prices",
    "wallet": "addresses that cannot be read",
}


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend an item: the name that a POST gives, and the words on its button."""

    name: str
    label: str


DISMISS = Fix("dismiss", "Leave it")
FIXES = {
    "missing_price": (Fix("look_again", "Look for a price again"), DISMISS),
    "stale_price": (Fix("look_again", "Look for a price again"), DISMISS),
    "unmatched": (
        Fix("add_deposit", "Add the missing deposit at that day's close"),
        Fix("dismiss", "The basis is zero"),
    ),
    "negative": (Fix("add_transfer", "Add the missing transfer"), DISMISS),
    "duplicate": (
        Fix("delete", "Delete the duplicate"),
        Fix("dismiss", "They are different"),
    ),
    "assumed_basis": (
        Fix("use_close", "Use that day's close"),
        Fix("dismiss", "Leave it assumed"),
    ),
    "wallet": (Fix("read_again", "Read it again"), DISMISS),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that looks wrong. `transaction_id`: the row that a person may want to edit.

    `quantity` of `symbol` is not in the words: where amounts are hidden these stay readable.
    """

    kind: str
    key: str
    title: str
    detail: str
    symbol: str = ""
    transaction_id: int | None = None
    quantity: Decimal | None = None

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return FIXES[self.kind]


@dataclass(slots=True)
class Found:
    """The items of a portfolio by kind (at most `LISTED` each) and how many there are in all."""

    items: dict[str, list[Finding]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Finding]:
        for kind in KINDS:
            yield from self.items.get(kind, ())

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def findings(portfolio: Portfolio, book: Book) -> Found:
    """Everything that needs a look, without what somebody dismissed. `book`: of the portfolio."""
    dismissed = set(Dismissal.objects.filter(portfolio=portfolio).values_list("kind", "key"))
    listed = [*_prices(portfolio, book), *_of_ledger(portfolio), *_wallets(portfolio)]
    found = Found()
    for item in listed:
        if (item.kind, item.key) in dismissed:
            continue
        found.counts[item.kind] = found.counts.get(item.kind, 0) + 1
        if found.counts[item.kind] <= LISTED:
            found.items.setdefault(item.kind, []).append(item)
    return found


def transactions_named(portfolio: Portfolio) -> set[int]:
    """The rows that `findings` would have edited or deleted, without what somebody dismissed.

    Of entries that are there twice it is the later one; what concerns a price, a place or a wallet
    names no row.
    """
    dismissed = set(Dismissal.objects.filter(portfolio=portfolio).values_list("kind", "key"))
    named = ((item.kind, item.key, item.transaction_id) for item in _of_ledger(portfolio))
    return {pk for kind, key, pk in named if pk is not None and (kind, key) not in dismissed}


def _prices(portfolio: Portfolio, book: Book) -> Iterator[Finding]:
    for symbol in book.missing:
        yield Finding(
            "missing_price",
            symbol,
            f"No price for {symbol}",
            f"{portfolio.name} holds it; it is not in the total.",
            symbol,
        )
    if book.stale:
        names = ", ".join(book.stale)
        yield Finding(
            "stale_price",
            names[:200],
            f"Old price for {names}",
            f"{portfolio.name} is valued with the last price that came.",
            book.stale[0],
        )


def _wallets(portfolio: Portfolio) -> Iterator[Finding]:
    for wallet in Wallet.objects.filter(portfolio=portfolio).exclude(error=""):
        yield Finding(
            "wallet",
            str(wallet.pk),
            f"{wallet.label or wallet.address}: {wallet.error}",
            "The balance of this address could not be read.",
        )


def _of_ledger(portfolio: Portfolio) -> list[Finding]:
    """What transactions alone say: the same until the next edit."""
    name = blake2b(portfolio.name.encode(), digest_size=8).hexdigest()  # stands in the words
    key = f"findings:{portfolio.pk}:{portfolio.revision}:{name}"
    known: list[Finding] | None = cache.get(key)
    if known is None:
        known = [*_lots(portfolio), *negatives(portfolio), *_duplicates(portfolio)]
        cache.set(key, known, KEPT_SECONDS)
    return known


#: Lots whose basis nobody told, with what is needed to say so.
_LOTS = """
    SELECT t.id, a.symbol, t.type, l.quantity, t.executed_at, t.location, l.basis_missing
    FROM portfolios_lot l
    JOIN portfolios_transaction t ON t.id = l.opened_by_id
    JOIN markets_asset a ON a.id = l.asset_id
    WHERE l.portfolio_id = %s AND (l.basis_missing OR l.basis_assumed) AND l.source_id IS NULL
    ORDER BY t.executed_at DESC, t.id DESC
"""


_NOUNS = {"sell": "sale", "lost": "loss", "buy": "purchase"}


def _lots(portfolio: Portfolio) -> Iterator[Finding]:
    labels = dict(TransactionType.choices)
    for pk, symbol, kind, quantity, at, place, missing in _rows(_LOTS, [portfolio.pk]):
        when, noun = _day(at), _NOUNS.get(kind, labels[kind].lower())
        if missing:
            yield Finding(
                "unmatched",
                str(pk),
                f"{symbol} left on {when} and never came",
                f"The {noun}{_at(place)} takes more than was held: its basis is zero, and all of "
                "the proceeds are gain.",
                symbol,
                pk,
                quantity,
            )
        else:
            yield Finding(
                "assumed_basis",
                str(pk),
                f"{symbol} came on {when} without a price",
                f"The day's close stands for what you paid{_at(place)}.",
                symbol,
                pk,
                quantity,
            )


#: The ledger summed by what agrees in all that decides where units go: one pass over it.
_PLACES = """
    SELECT type, asset_id, location, to_location, to_asset_id, fee_asset_id, currency,
           sum(quantity), sum(to_quantity), sum(fee)
    FROM portfolios_transaction WHERE portfolio_id = %s
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
COME_IN = ("buy", "deposit", "reward", "airdrop", "fork", "gift_in")
EXCHANGES = ("buy", "sell", "swap")


class _Group(NamedTuple):
    type: str
    asset: int
    place: str
    to_place: str
    to_asset: int | None
    fee_asset: int | None
    currency: str
    quantity: Decimal
    to_quantity: Decimal | None
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    asset_id: int
    symbol: str
    place: str
    units: Decimal


def balances(portfolio: Portfolio) -> list[Balance]:
    """Units by asset and place as the ledger tells, also below zero. Money is left out where cash
    is tracked: trades move it without a place of its own.
    """
    groups = [_Group(*row) for row in _rows(_PLACES, [portfolio.pk])]
    named = {pk for g in groups for pk in (g.asset, g.to_asset, g.fee_asset) if pk}
    assets = Asset.objects.in_bulk(named)
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for group in groups:
        for asset_id, place, units in _legs(group, assets):
            sums[asset_id, place] += units
    return [
        Balance(asset_id, assets[asset_id].symbol, place, units)
        for (asset_id, place), units in sums.items()
        if not (portfolio.track_cash and _is_money(assets[asset_id]))
    ]


def _legs(group: _Group, assets: Mapping[int, Asset]) -> Iterator[tuple[int, str, Decimal]]:
    """(asset, place, units); a fee leaves where its transaction is."""
    comes = group.type in COME_IN
    yield group.asset, group.place, group.quantity if comes else -group.quantity
    if group.type == "transfer":
        yield group.asset, group.to_place, group.quantity
    if group.to_asset and group.to_quantity:
        yield group.to_asset, group.place, group.to_quantity
    if not group.fee:
        return
    paid_in = assets[group.fee_asset or group.asset]
    is_money = paid_in.symbol == group.currency or paid_in.kind == AssetKind.FIAT
    if group.type not in EXCHANGES or (group.fee_asset and not is_money):
        yield paid_in.pk, group.place, -group.fee


def _is_money(asset: Asset) -> bool:
    return asset.kind == AssetKind.FIAT or asset.symbol in settings.USD_EQUIVALENTS


def negatives(portfolio: Portfolio) -> Iterator[Finding]:
    """Named places that gave more of an asset than came to them."""
    for one in balances(portfolio):
        if one.units < ZERO and one.place:
            yield Finding(
                "negative",
                f"{one.symbol}|{one.place}"[:200],
                f"{one.place} gave more {one.symbol} than it had",
                "A transfer or a deposit to this place is missing, or a place is misspelt.",
                one.symbol,
                quantity=-one.units,
            )


#: Rows that say the same at the same moment; ids of an exchange tell rows apart. The moments come
#: from the index alone; only rows of those that occur twice are compared.
_TWICE = """
    SELECT array_agg(t.id ORDER BY t.id), a.symbol, t.type, t.quantity, t.executed_at
    FROM (
        SELECT asset_id, executed_at FROM portfolios_transaction WHERE portfolio_id = %(portfolio)s
        GROUP BY asset_id, executed_at HAVING count(*) > 1
    ) moments
    JOIN portfolios_transaction t ON t.portfolio_id = %(portfolio)s
     AND t.asset_id = moments.asset_id AND t.executed_at = moments.executed_at
    JOIN markets_asset a ON a.id = t.asset_id
    GROUP BY t.asset_id, a.symbol, t.type, t.quantity, t.price, t.executed_at
    HAVING count(*) > 1 AND count(*) > count(t.external_id)
    ORDER BY t.executed_at DESC
"""


def _duplicates(portfolio: Portfolio) -> Iterator[Finding]:
    labels = dict(TransactionType.choices)
    for ids, symbol, kind, quantity, at in _rows(_TWICE, {"portfolio": portfolio.pk}):
        times = "twice" if len(ids) == 2 else f"{len(ids)} times"
        yield Finding(
            "duplicate",
            "-".join(str(one) for one in ids)[:200],
            f"{_NOUNS.get(kind, labels[kind]).capitalize()} of {symbol} is there {times}",
            f"All on {at:%Y-%m-%d at %H:%M:%S} UTC, at the same price.",
            symbol,
            ids[-1],
            quantity,
        )


def _rows(statement: str, asked: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _at(place: str) -> str:
    return f" at {place}" if place else ""
