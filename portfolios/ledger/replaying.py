"""Replaying assets of a portfolio: all of their past, or what comes after a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from django.db import connection
from django.db.models import Min

from markets.models import Asset
from portfolios import lots
from portfolios.entries import by_symbol, entries, symbols_of, symbols_to_mark
from portfolios.ledger.errors import refuse_overdrawn, refuse_too_large
from portfolios.ledger.reading import Earlier, choices_of, earlier, transactions_of
from portfolios.ledger.rules import rules_of
from portfolios.ledger.writing import clear, write
from portfolios.marks import Marks, price_venue
from portfolios.models import Portfolio, Transaction

_FEES_DIFFER = """
    SELECT 1 FROM portfolios_holding h
    WHERE h.portfolio_id = %s AND h.asset_id = ANY(%s) AND h.fees <>
        (SELECT coalesce(sum(l.fee), 0) FROM portfolios_lot l
         WHERE l.portfolio_id = h.portfolio_id AND l.asset_id = h.asset_id)
      + (SELECT coalesce(sum(d.fee), 0) FROM portfolios_disposal d
         JOIN portfolios_lot l ON l.id = d.lot_id
         WHERE l.portfolio_id = h.portfolio_id AND l.asset_id = h.asset_id)
    LIMIT 1
"""
Choices = Mapping[int, tuple[lots.Choice, ...]]
_COMES_IN = {lots.Kind.ACQUIRE, lots.Kind.REWARD, lots.Kind.DEPOSIT}


@dataclass
class Outcome:
    """What a replay amounts to, by symbol. `fees`: of what came in, by transaction."""

    replays: dict[str, lots.Replay] = field(default_factory=dict)
    fees: dict[str, dict[int, Decimal]] = field(default_factory=dict)


def rebuild(
    portfolio: Portfolio,
    symbols: set[str],
    since: datetime | None = None,
    without: frozenset[int] = frozenset(),
    fresh: Sequence[Transaction] = (),
) -> Outcome:
    """Replay the assets named from `since` on (None: from their beginning) and replace what is
    stored of it. `without`: transactions to leave out, which the caller then deletes.

    `fresh`: rows that were just stored, the newest by id, so that they need not be read again.
    The state before `since` is taken from the stored lots and disposals. The caller holds the row
    lock. Raises `OverdrawnError`, `NoMarkError` or `TooLargeError`; nothing is written then.
    """
    assets = {asset.pk: asset for asset in Asset.objects.filter(symbol__in=symbols)}
    rules = rules_of(portfolio)
    restart = None if since is None else _restart(portfolio, rules, since)
    before = _before(portfolio, assets, restart, rules)
    if before is None:
        restart, before = None, {}
    at = None if restart is None else restart.at
    rows = [r for r in transactions_of(portfolio, assets, at, fresh) if r.pk not in without]
    if restart is not None and not rules.can_resume(
        restart, has_events=symbols <= symbols_in(portfolio, rows)
    ):
        return rebuild(portfolio, symbols, None, without)
    states = (
        {}
        if restart is None
        else {assets[pk].symbol: state.resumed(restart) for pk, state in before.items()}
    )
    choices = choices_of(portfolio, without)
    found = replay(portfolio, rows, symbols, states, rules=rules, choices=choices)
    clear(portfolio, assets, at)
    ids = {asset.symbol: pk for pk, asset in assets.items()}
    write(
        portfolio,
        {ids[symbol]: outcome for symbol, outcome in found.replays.items()},
        before,
        {ids[symbol]: fees for symbol, fees in found.fees.items()},
    )
    return found


def rebuild_all(portfolio: Portfolio) -> None:
    """Replay the whole ledger; lots of assets that nothing names any more go. As `rebuild`."""
    rebuild(portfolio, {asset.symbol for asset in assets_in(portfolio).values()})


def assets_in(portfolio: Portfolio) -> dict[int, Asset]:
    """Everything that the ledger names or holds lots of, by id."""
    rows = Transaction.objects.filter(portfolio=portfolio.pk).order_by()
    ids = set(portfolio.lots.order_by().values_list("asset", flat=True).distinct())
    for column in ("asset", "to_asset", "fee_asset"):
        ids |= set(rows.values_list(column, flat=True).distinct())
    found = Asset.objects.in_bulk([pk for pk in ids if pk])
    if portfolio.track_cash:
        cash = Asset.objects.filter(symbol__in=rows.values("currency"))
        found |= {asset.pk: asset for asset in cash}
    return found


def replay_asset(portfolio: Portfolio, asset: Asset, rules: lots.BasisRules) -> Outcome:
    """The whole past of one asset under these rules; nothing is written. Raises as `rebuild`."""
    rows = transactions_of(portfolio, {asset.pk: asset}, None)
    choices = choices_of(portfolio, frozenset())
    return replay(portfolio, rows, {asset.symbol}, rules=rules, choices=choices)


def replace_all(portfolio: Portfolio, outcomes: Mapping[int, Outcome]) -> None:
    """Put the outcomes (by asset) in the place of everything that is stored; under the lock."""
    gone = portfolio.lots.order_by().values_list("asset", flat=True).distinct()
    clear(portfolio, {*gone, *outcomes}, None)
    write(
        portfolio,
        {pk: replayed for pk, found in outcomes.items() for replayed in found.replays.values()},
        {},
        {pk: fees for pk, found in outcomes.items() for fees in found.fees.values()},
    )


def replay(
    portfolio: Portfolio,
    transactions: list[Transaction],
    symbols: set[str],
    after: Mapping[str, lots.Replay] | None = None,
    *,
    rules: lots.BasisRules,
    choices: Choices,
) -> Outcome:
    """What the transactions amount to for each symbol, after the states; raises as `rebuild`."""
    found = entries(portfolio, transactions, marks_for(portfolio, transactions), choices)
    states, outcome = after or {}, Outcome()
    for symbol, events in by_symbol(found, symbols).items():
        outcome.replays[symbol] = lots.replay(events, states.get(symbol), rules=rules)
        outcome.fees[symbol] = _fees(events)
    refuse_overdrawn(outcome.replays.items(), by_location=rules.by_location)
    for each in outcome.replays.values():
        refuse_too_large(each)
    return outcome


def _fees(events: Iterable[lots.Event]) -> dict[int, Decimal]:
    with localcontext(lots.PRECISE):
        return {e.key: e.fee.quantize(lots.UNIT) for e in events if e.fee and e.kind in _COMES_IN}


def marks_for(portfolio: Portfolio, transactions: list[Transaction]) -> Marks:
    """Every price that the entries of these transactions may need."""
    if not transactions:
        return Marks(portfolio.base_currency)
    days = [transaction.executed_at.date() for transaction in transactions]
    wanted = symbols_to_mark(transactions)
    return Marks.load(wanted, min(days), max(days), portfolio.base_currency, price_venue(portfolio))


def symbols_in(portfolio: Portfolio, transactions: Iterable[Transaction]) -> set[str]:
    """Assets whose lots these transactions touch."""
    found: set[str] = set()
    for row in transactions:
        found |= symbols_of(row, track_cash=portfolio.track_cash)
    return found


def _restart(portfolio: Portfolio, rules: lots.BasisRules, since: datetime) -> lots.Restart | None:
    """None: there is nothing before it that one could go on from."""
    rows = Transaction.objects.filter(portfolio=portfolio.pk)
    first = rows.aggregate(at=Min("executed_at"))["at"]
    if first is None:
        return None
    found = rules.restart(since, first)
    return found if found.at > first else None


def _before(
    portfolio: Portfolio,
    assets: Mapping[int, Asset],
    restart: lots.Restart | None,
    rules: lots.BasisRules,
) -> dict[int, Earlier] | None:
    if restart is None:
        return None
    if not _is_whole(portfolio, assets):
        return None
    return earlier(portfolio, assets, restart, by_location=rules.by_location)


def _is_whole(portfolio: Portfolio, assets: Iterable[int]) -> bool:
    """Whether lots and disposals add up to the fees of the past: those stored before they were
    told of fees do not, and are replayed from their beginning once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FEES_DIFFER, [portfolio.pk, list(assets)])
        return cursor.fetchone() is None
