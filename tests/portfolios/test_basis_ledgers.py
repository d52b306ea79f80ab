"""What must hold for every ledger, by every method, in both scopes, whole and resumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolios.basis import METHODS
from portfolios.basis.rules import BasisRules, Restart
from portfolios.lots import UNIT, ZERO, Disposal, Event, Kind, Lot, Pledge, Replay, replay

START = datetime(2022, 11, 1, tzinfo=UTC)
SCOPES = ("portfolio", "location")
INCOMING = {Kind.ACQUIRE, Kind.REWARD, Kind.DEPOSIT}
ALL = [(method, scope) for method in METHODS for scope in SCOPES]

amounts = st.one_of(
    st.integers(1, 12).map(Decimal),
    st.decimals(min_value=UNIT, max_value=10**6, places=18, allow_nan=False),
)
money = st.one_of(
    st.integers(0, 5000).map(Decimal),
    st.decimals(min_value=0, max_value=10**9, places=18, allow_nan=False),
)
#: Days crowd together, so that they are the same or within 30 of each other, in three years.
moments = st.builds(
    lambda day, year, hour: START + timedelta(days=day + 365 * year, hours=hour),
    st.integers(0, 75),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.sampled_from([0, 9, 15]),
)
KINDS = [*Kind, Kind.ACQUIRE, Kind.ACQUIRE, Kind.SELL, Kind.SELL]
PLACES = st.sampled_from(["cold", "hot"])


@st.composite
def events(draw: st.DrawFn, key: int) -> Event:
    kind = draw(st.sampled_from(KINDS))
    worth = draw(money) if kind is Kind.SPEND and draw(st.booleans()) else None
    here = draw(PLACES)
    return Event(
        key,
        draw(moments),
        kind,
        draw(amounts),
        draw(money) if kind in INCOMING or kind is Kind.SELL else ZERO,
        draw(st.sampled_from([ZERO, Decimal("0.5"), UNIT])) if kind is not Kind.SPEND else ZERO,
        worth,
        location=here,
        to_location=("hot" if here == "cold" else "cold") if kind is Kind.MOVE else "",
    )


@st.composite
def ledgers(draw: st.DrawFn, *, unmatched: bool = False, most: int = 18) -> list[Event]:
    """Any events by time; without `unmatched` they take at most what is held at their place."""
    count = draw(st.integers(0, most))
    found = sorted((draw(events(key)) for key in range(count)), key=lambda event: event.order)
    if unmatched:
        return [replace(event, unmatched=True) for event in found]
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    return [event for asked in found if (event := _trimmed(asked, held)).quantity]


def _trimmed(event: Event, held: defaultdict[str, Decimal]) -> Event:
    """The event with at most the quantity that is held where it takes from."""
    if event.kind not in INCOMING:
        event = replace(event, quantity=min(event.quantity, held[event.location]))
        held[event.location] -= event.quantity
    if event.kind in INCOMING or event.kind is Kind.MOVE:
        held[event.to_location or event.location] += event.quantity
    return event


@st.composite
def named(draw: st.DrawFn, found: list[Event]) -> list[Event]:
    """Some of what leaves names acquisitions, in any quantity and not always possible ones."""
    keys = [event.key for event in found if event.kind in INCOMING] or [0]
    choices = st.lists(st.tuples(st.sampled_from(keys), amounts), max_size=3)
    return [e if e.kind in INCOMING else replace(e, choices=tuple(draw(choices))) for e in found]


elected = st.builds(
    BasisRules,
    st.sampled_from(list(METHODS)),
    st.sampled_from(SCOPES),
    st.sampled_from(["01-01", "04-06"]),
    st.dictionaries(st.integers(2022, 2025), st.sampled_from(list(METHODS)), max_size=3),
)


def check(found: Sequence[Event], got: Replay, rules: BasisRules) -> None:
    """Nothing is created or lost, and every sum adds up to the last digit."""
    assert got.oversold is None
    came = sum((e.quantity for e in found if e.kind in INCOMING), ZERO)
    went = sum((e.quantity for e in found if e.kind not in INCOMING | {Kind.MOVE}), ZERO)
    invented = sum((lot.quantity for lot in got.lots if lot.missing and not lot.source), ZERO)
    assert got.quantity == came + invented - went
    assert sum((lot.remaining for lot in got.lots), ZERO) == got.quantity
    assert sum((lot.basis for lot in got.lots), ZERO) == got.cost
    cost = sum((e.money for e in found if e.kind in INCOMING), ZERO)
    gone = sum((d.basis for d in got.disposals if d.rule != "moved"), ZERO)
    assert cost == got.cost + gone
    assert got.realised == sum((d.gain for d in got.disposals), ZERO)
    _check_lots(got, rules)
    _check_disposals(found, got)


def _check_lots(got: Replay, rules: BasisRules) -> None:
    gone: defaultdict[int, list[Disposal]] = defaultdict(list)
    for disposal in got.disposals:
        gone[id(disposal.lot)].append(disposal)
    for lot in got.lots:
        left = sum((d.quantity for d in gone[id(lot)]), ZERO)
        assert lot.remaining == lot.quantity - left >= ZERO
        assert lot.basis >= ZERO
        if not lot.remaining:
            assert lot.basis == ZERO
        averaged = {rules.method, *rules.elections.values()} & {"acb", "uk"}
        if not averaged:
            assert lot.basis + sum((d.basis for d in gone[id(lot)]), ZERO) == lot.cost
        if lot.source is not None:
            assert (lot.opened_by, lot.acquired_at) == (
                lot.source.opened_by,
                lot.source.acquired_at,
            )
            assert lot.location != lot.source.location


def _check_disposals(found: Sequence[Event], got: Replay) -> None:
    by_key: defaultdict[int, list[Disposal]] = defaultdict(list)
    for d in got.disposals:
        assert d.gain == (d.proceeds - d.basis if d.realised else ZERO)
        assert d.quantity > 0
        by_key[d.key].append(d)
    for event in found:
        pieces = by_key[event.key]
        if pieces:
            assert sum((d.quantity for d in pieces), ZERO) == event.quantity
            proceeds = event.money if event.kind is Kind.SELL else ZERO
            assert sum((d.proceeds for d in pieces), ZERO) == proceeds
        if pieces and event.kind is not Kind.SPEND and event.kind is not Kind.MOVE:
            assert sum((d.fee for d in pieces), ZERO) == event.fee


@pytest.mark.parametrize(("method", "scope"), ALL)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_every_ledger_adds_up(method: str, scope: str, data: st.DataObject) -> None:
    found, rules = data.draw(ledgers()), BasisRules(method, scope)
    if method == "specific":
        found = data.draw(named(found))
    check(found, replay(found, rules=rules), rules)


@settings(max_examples=30, deadline=None)
@given(ledgers(unmatched=True), elected)
def test_what_is_short_has_no_basis_and_all_else_adds_up(
    found: list[Event], rules: BasisRules
) -> None:
    got = replay(found, rules=rules)
    check(found, got, rules)
    for lot in got.lots:
        if lot.missing and lot.source is None:  # one that was moved joins the average there
            assert (lot.cost, lot.remaining) == (ZERO, ZERO)


@settings(max_examples=30, deadline=None)
@given(ledgers(), elected)
def test_years_of_different_methods_carry_the_lots_on(
    found: list[Event], rules: BasisRules
) -> None:
    check(found, replay(found, rules=rules), rules)


def rewound(whole: Replay, found: Sequence[Event], restart: Restart, rules: BasisRules) -> Replay:
    """The state before `restart.at` as stored lots and disposals tell it (`Replay.resumed`)."""
    when = {event.key: event.at for event in found}

    def early(lot: Lot) -> bool:
        made = lot.acquired_at if lot.moved_by is None else when[lot.moved_by]
        return made < restart.at

    open_lots, pools = [], defaultdict[str, Decimal](Decimal)
    before = [d for d in whole.disposals if d.at < restart.at]
    for lot in filter(early, whole.lots):
        gone = [d for d in before if d.lot is lot]
        left = lot.quantity - sum((d.quantity for d in gone), ZERO)
        basis = lot.cost - sum((d.basis for d in gone), ZERO)
        pools[lot.location if rules.by_location else ""] += basis
        if left:
            open_lots.append(replace(lot, remaining=left, basis=basis, average=None))
    pledged: dict[int, Pledge] = {}
    for d in before:
        if not early(d.lot):
            units, basis = pledged.get(d.lot.opened_by, Pledge(ZERO, ZERO))
            pledged[d.lot.opened_by] = Pledge(units + d.quantity, basis + d.basis)
    rewards = (e.money for e in found if e.kind is Kind.REWARD and e.at < restart.at)
    fees = (e.fee for e in found if e.kind in INCOMING and e.at < restart.at)
    return Replay.resumed(
        open_lots,
        realised=sum((d.gain for d in before), ZERO),
        rewards=sum(rewards, ZERO),
        fees=sum(fees, ZERO) + sum((d.fee for d in before), ZERO),
        since=restart.at,
        pools=pools if restart.pooled else None,
        pledged=pledged,
    )


def figures(got: Replay, since: datetime) -> tuple[object, ...]:
    pieces = [
        (d.key, d.lot.opened_by, d.lot.moved_by, d.quantity, d.basis, d.proceeds, d.rule, d.fee)
        for d in got.disposals
        if d.at >= since
    ]
    return pieces, got.quantity, got.cost, got.realised, got.rewards, got.fees, got.unmet


def open_lots(lots: Sequence[Lot]) -> list[tuple[object, ...]]:
    return [
        (lot.opened_by, lot.moved_by, lot.location, lot.remaining, lot.basis)
        for lot in lots
        if lot.remaining
    ]


def same_as_whole(old: list[Event], new: list[Event], at: datetime, rules: BasisRules) -> None:
    """Going on from the old ledger's state before `at` gives the new ledger's whole replay."""
    restart = rules.restart(at, min([e.at for e in [*old, *new]], default=at))
    state = rewound(replay(old, rules=rules), old, restart, rules)
    kept = list(state.open)
    tail = [event for event in new if event.at >= restart.at]
    if not rules.can_resume(restart, has_events=bool(tail)):
        return
    resumed, whole = replay(tail, state, rules=rules), replay(new, rules=rules)
    ours, theirs = figures(resumed, restart.at), figures(whole, restart.at)
    if not whole.unmet:
        assert ours == theirs
    else:
        assert ours[:-1] == theirs[:-1]
    assert sorted(open_lots([*kept, *resumed.lots]), key=repr) == sorted(
        open_lots(whole.lots), key=repr
    )


@pytest.mark.parametrize(("method", "scope"), ALL)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_resumed_at_any_time_is_the_whole_replay(
    method: str, scope: str, data: st.DataObject
) -> None:
    found = data.draw(ledgers())
    if method == "specific":
        found = data.draw(named(found))
    same_as_whole(found, found, data.draw(moments), BasisRules(method, scope))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_an_edit_replayed_from_its_time_is_the_whole_replay(
    method: str, data: st.DataObject
) -> None:
    """One event goes, another comes, in a ledger that may elect other methods."""
    old = data.draw(ledgers(unmatched=True))
    rules = replace(data.draw(elected), method=method)
    fresh = replace(data.draw(events(1000)), unmatched=True)
    drop = data.draw(st.sampled_from(old)) if old else fresh
    new = [event for event in old if event is not drop]
    if data.draw(st.booleans()):
        new.append(fresh)
        at = min(drop.at, fresh.at)
    else:
        at = drop.at
    same_as_whole(old, new, at, rules)


@settings(max_examples=25, deadline=None)
@given(ledgers(), elected, st.randoms())
def test_order_of_entry_does_not_matter(
    found: list[Event], rules: BasisRules, dice: object
) -> None:
    shuffled = list(found)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert figures(replay(shuffled, rules=rules), START) == figures(
        replay(found, rules=rules), START
    )
