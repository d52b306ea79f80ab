"""Mending what needs attention, one click each. Every write is a change that can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import connection

from portfolios.lots import ZERO
from portfolios.marks import Marks, price_venue
from portfolios.models import Dismissal, Lot, Portfolio, Transaction, Wallet
from portfolios.selectors.findings import COME_IN, FIXES, balances
from portfolios.services.balances import read_wallet
from portfolios.services.history import last_change
from portfolios.services.transactions import (
    add_transaction,
    delete_transaction,
    edit_transaction,
)
from portfolios.services.valuation import revalue

if TYPE_CHECKING:
    from accounts.models import User

GONE = "This is mended already."


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done; `change` is the ledger's own record of it, which can be undone."""

    message: str
    change: int | None = None


def mend(*, portfolio: Portfolio, user: User, kind: str, key: str, fix: str) -> Mended:
    """Do what a fix of `selectors.findings.FIXES` says to the item.

    ValidationError on `kind` or `fix` when there is no such thing, on `key` when the item is gone,
    or as the write is refused.
    """
    if kind not in FIXES:
        raise ValidationError({"kind": [f"One of {', '.join(FIXES)}."]})
    if fix not in {one.name for one in FIXES[kind]}:
        known = ", ".join(one.name for one in FIXES[kind])
        raise ValidationError({"fix": [f"One of {known}."]})
    if fix == "dismiss":
        return _dismiss(portfolio, user, kind, key)
    return _MENDS[fix](portfolio, user, key)


def _dismiss(portfolio: Portfolio, user: User, kind: str, key: str) -> Mended:
    if not key or len(key) > 200 or "\x00" in key:
        raise ValidationError({"key": ["Name the item."]})
    Dismissal.objects.get_or_create(
        portfolio=portfolio, kind=kind, key=key, defaults={"user": user}
    )
    return Mended("It is not shown again.")


def bring_back(*, portfolio: Portfolio) -> int:
    """Show again all that was dismissed; how many there were."""
    return Dismissal.objects.filter(portfolio=portfolio).delete()[0]


def _look_again(portfolio: Portfolio, user: User, key: str) -> Mended:  # noqa: ARG001
    revalue([portfolio.pk], look_again=True)
    return Mended("Prices were asked for again.")


def _read_again(portfolio: Portfolio, user: User, key: str) -> Mended:  # noqa: ARG001
    wallet = Wallet.objects.filter(portfolio=portfolio, pk=_number(key)).first()
    if wallet is None:
        raise ValidationError({"key": [GONE]})
    error = read_wallet(wallet)
    if error:
        raise ValidationError(f"{wallet.label or wallet.address}: {error}.")
    return Mended("The balance is read.")


def _use_close(portfolio: Portfolio, user: User, key: str) -> Mended:
    """Write the assumed price down: from now on it is the person's own word."""
    row = _row(portfolio, key)
    lot = Lot.objects.filter(opened_by=row, basis_assumed=True, source=None).first()
    if lot is None:
        raise ValidationError({"key": [GONE]})
    price = _close(portfolio, row, lot.asset.symbol)
    currency = portfolio.base_currency
    edit_transaction(transaction=row, user=user, price=price, currency=currency)
    return _changed(row, "The close of that day is its price now.")


def _add_deposit(portfolio: Portfolio, user: User, key: str) -> Mended:
    """Bring what was short, in the moment in which it left: what comes in goes first."""
    row = _row(portfolio, key)
    lot = Lot.objects.filter(opened_by=row, basis_missing=True, source=None).first()
    if lot is None:
        raise ValidationError({"key": [GONE]})
    symbol = lot.asset.symbol
    made = add_transaction(
        portfolio=portfolio,
        user=user,
        type="deposit",
        symbol=symbol,
        quantity=lot.quantity,
        price=_close(portfolio, row, symbol),
        currency=portfolio.base_currency,
        executed_at=row.executed_at,
        location=row.location,
        note="Added for a transaction that took more than was there.",
    )
    return _changed(made, f"The missing deposit of {symbol} is added.")


def _add_transfer(portfolio: Portfolio, user: User, key: str) -> Mended:
    """Bring what the place lacks from where most of it lies, before it was first short."""
    symbol, _, place = key.partition("|")
    here = [one for one in balances(portfolio) if one.symbol == symbol]
    short = next((one for one in here if one.place == place and one.units < 0), None)
    if short is None:
        raise ValidationError({"key": [GONE]})
    source = max(here, key=lambda one: one.units)
    if source.units <= 0:
        text = f"No other place has any {symbol}: add the deposit that is missing."
        raise ValidationError(text)
    units = min(-short.units, source.units)
    made = add_transaction(
        portfolio=portfolio,
        user=user,
        type="transfer",
        symbol=symbol,
        quantity=units,
        executed_at=_first_short(portfolio, short.asset_id, place),
        location=source.place,
        to_location=place,
        note="Added because this place gave more than it had.",
    )
    return _changed(made, f"A transfer of {symbol} from {source.place or 'no place'} is added.")


#: When the running balance of a place was first below zero; rows of one moment: in before out.
_SHORT = """
    SELECT min(at) FROM (
        SELECT at, sum(units) OVER (ORDER BY at, units < 0, id) AS running FROM (
            SELECT id, executed_at AS at,
                   CASE WHEN type = ANY(%(come)s) THEN quantity ELSE -quantity END AS units
            FROM portfolios_transaction
            WHERE portfolio_id = %(portfolio)s AND asset_id = %(asset)s AND location = %(place)s
            UNION ALL
            SELECT id, executed_at, quantity FROM portfolios_transaction
            WHERE portfolio_id = %(portfolio)s AND asset_id = %(asset)s
              AND type = 'transfer' AND to_location = %(place)s
            UNION ALL
            SELECT id, executed_at, to_quantity FROM portfolios_transaction
            WHERE portfolio_id = %(portfolio)s AND to_asset_id = %(asset)s
              AND location = %(place)s
        ) legs
    ) sums WHERE running < 0
"""


def _first_short(portfolio: Portfolio, asset_id: int, place: str) -> datetime:
    asked: dict[str, int | str | list[str]] = {
        "portfolio": portfolio.pk,
        "asset": asset_id,
        "place": place,
        "come": list(COME_IN),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, asked)
        found: datetime | None = cursor.fetchone()[0]
    if found is None:  # fees alone brought it below zero: any moment of today will do
        newest = Transaction.objects.filter(portfolio=portfolio, asset=asset_id, location=place)
        found = newest.order_by("-executed_at").values_list("executed_at", flat=True).first()
    if found is None:
        raise ValidationError({"key": [GONE]})
    return found


def _delete(portfolio: Portfolio, user: User, key: str) -> Mended:
    """The newest entry of the group goes; the one that was written down first stays."""
    ids = [_number(part) for part in key.split("-")]
    rows = list(Transaction.objects.filter(portfolio=portfolio, pk__in=ids).order_by("pk"))
    same = {(r.asset_id, r.type, r.quantity, r.price, r.executed_at) for r in rows}
    if len(rows) < 2 or len(same) > 1:
        raise ValidationError({"key": [GONE]})
    loose = [row for row in rows if row.external_id is None]
    row = (loose or rows)[-1]
    pk = row.pk
    delete_transaction(transaction=row, user=user)
    return _changed(Transaction(pk=pk, portfolio=portfolio), "The duplicate is deleted.")


_MENDS: dict[str, Callable[[Portfolio, User, str], Mended]] = {
    "look_again": _look_again,
    "read_again": _read_again,
    "use_close": _use_close,
    "add_deposit": _add_deposit,
    "add_transfer": _add_transfer,
    "delete": _delete,
}


def _changed(row: Transaction, message: str) -> Mended:
    change = last_change(row)
    return Mended(message, None if change is None else change.pk)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise ValidationError({"key": ["Name the item."]})
    return int(text)


def _row(portfolio: Portfolio, key: str) -> Transaction:
    rows = Transaction.objects.filter(portfolio=portfolio, pk=_number(key))
    row = rows.select_related("portfolio", "asset", "to_asset", "fee_asset").first()
    if row is None:
        raise ValidationError({"key": [GONE]})
    return row


def _close(portfolio: Portfolio, row: Transaction, symbol: str) -> Decimal:
    """The mark of the day, or a ValidationError: a price that is not known is not made up."""
    day = row.executed_at.date()
    base, venue = portfolio.base_currency, price_venue(portfolio)
    price = Marks.load([symbol], day, day, base, venue).near(symbol, day)
    if price is None or price <= ZERO:
        text = f"No close of {symbol} is known for {day:%Y-%m-%d}: enter the price yourself."
        raise ValidationError(text)
    return price
