"""The smallest list of trades: invariants over random books, and minimality against brute force."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolios.rebalance import Plan, Purse, Slot, Terms, plan

D = Decimal
NEAR = D("1e-9")


def slot(symbol: str, value: str, target: str, price: str = "1") -> Slot:
    return Slot(symbol, D(value) / D(price), D(price), D(target))


def terms(tolerance: str = "0.05", minimum: str = "10", fee: str = "0", **more: object) -> Terms:
    return Terms(D(tolerance), D(minimum), D(fee), **more)  # type: ignore[arg-type]


def purse(value: str = "0", target: str = "0", spendable: str | None = None) -> Purse:
    return Purse(D(value), D(value if spendable is None else spendable), D(target))


def told(found: Plan) -> list[tuple[str, str, float]]:
    return [
        ("buy" if t.is_buy else "sell", t.symbol, round(float(t.value), 6)) for t in found.trades
    ]


def test_two_that_drifted_go_back_to_their_targets() -> None:
    found = plan([slot("BTC", "700", "0.6"), slot("ETH", "300", "0.4")], purse(), terms())
    assert told(found) == [("sell", "BTC", 100), ("buy", "ETH", 100)]
    assert found.restores
    assert found.weight("BTC") == D("0.6")


def test_what_is_inside_its_band_is_left_alone() -> None:
    found = plan([slot("BTC", "640", "0.6"), slot("ETH", "360", "0.4")], purse(), terms())
    assert (found.trades, found.restores) == ((), True)


def test_one_that_drifted_takes_a_second_along_not_three() -> None:
    """The proceeds have to go somewhere: into the one asset that misses most. Neither is at its
    target then; they share what is left.
    """
    book = [slot("BTC", "660", "0.6"), slot("ETH", "160", "0.2"), slot("SOL", "180", "0.2")]
    found = plan(book, purse(), terms())
    assert told(found) == [("sell", "BTC", 50), ("buy", "ETH", 50)]


def test_cash_with_a_target_takes_the_proceeds() -> None:
    book = [slot("BTC", "800", "0.7"), slot("ETH", "150", "0.15")]
    found = plan(book, purse("50", "0.15"), terms())
    assert told(found) == [("sell", "BTC", 100)]
    assert found.purse == 150


def test_new_money_alone_goes_where_it_is_missing() -> None:
    book = [slot("BTC", "550", "0.6"), slot("ETH", "450", "0.4")]
    only = terms(new_money=D(200), may_sell=False)
    found = plan(book, purse(), only)
    assert told(found) == [("buy", "BTC", 200)]
    assert found.restores
    assert found.total == 1200


def test_new_money_that_is_too_little_says_so_and_does_what_it_can() -> None:
    book = [slot("BTC", "200", "0.6"), slot("ETH", "800", "0.4")]
    found = plan(book, purse(), terms(new_money=D(100), may_sell=False))
    assert told(found) == [("buy", "BTC", 100)]
    assert set(found.outside) == {"BTC", "ETH"}


def test_fees_are_paid_out_of_the_proceeds() -> None:
    book = [slot("BTC", "700", "0.6"), slot("ETH", "300", "0.4")]
    found = plan(book, purse(), terms(fee="0.01"))
    assert found.restores
    assert abs(found.purse) < NEAR
    assert round(found.fees, 6) == D("2.004008")
    assert abs(found.total - (1000 - found.fees)) < NEAR


def test_nothing_below_the_minimum_even_where_that_cannot_restore() -> None:
    found = plan([slot("BTC", "7", "0.6"), slot("ETH", "3", "0.4")], purse(), terms())
    assert found.trades == ()
    assert set(found.outside) == {"BTC", "ETH"}


def test_a_target_of_nothing_sells_all() -> None:
    found = plan([slot("BTC", "900", "1"), slot("SOL", "100", "0", "4")], purse(), terms())
    assert found.trades[0].quantity == slot("SOL", "100", "0", "4").quantity
    assert found.weight("SOL") == 0


@pytest.mark.parametrize("new_money", ["0", "1000"])
def test_an_empty_book(new_money: str) -> None:
    book = [slot("BTC", "0", "0.5", "100"), slot("ETH", "0", "0.5", "10")]
    found = plan(book, purse(), terms(new_money=D(new_money)))
    bought = {t.symbol: t.quantity for t in found.trades}
    assert bought == ({} if new_money == "0" else {"BTC": D(5), "ETH": D(50)})


# --- Random books -------------------------------------------------------------------

weights = st.lists(st.integers(0, 10), min_size=1, max_size=4)
amounts = st.integers(0, 200).map(D)


@st.composite
def questions(draw: st.DrawFn, fees: bool) -> tuple[list[Slot], Purse, Terms]:
    parts = draw(weights)
    rest = draw(st.integers(0, 10))
    whole = sum(parts) + rest or 1
    prices = st.sampled_from(["1", "3", "0.7"])
    slots = []
    for number, part in enumerate(parts):
        price = D(draw(prices))
        slots.append(Slot(f"A{number}", draw(amounts) / price, price, D(part) / whole))
    value = draw(amounts)
    spendable = draw(st.sampled_from([D(0), value]))
    what = Terms(
        tolerance=D(draw(st.sampled_from(["0.01", "0.05", "0.1"]))),
        minimum=D(draw(st.sampled_from([0, 5, 10, 40]))),
        fee=D(draw(st.sampled_from(["0", "0.001", "0.02"]))) if fees else D(0),
        new_money=D(draw(st.sampled_from([0, 0, 3, 50, 500]))),
        may_sell=draw(st.booleans()),
    )
    left = 1 - sum((one.target for one in slots), D(0))
    return slots, Purse(value, spendable, left), what


@settings(max_examples=300, deadline=None)
@given(questions(fees=True))
def test_every_list_keeps_its_promises(question: tuple[list[Slot], Purse, Terms]) -> None:
    slots, money, what = question
    found = plan(slots, money, what)
    held = {one.symbol: one for one in slots}
    for trade in found.trades:
        assert trade.value >= what.minimum - NEAR
        assert trade.is_buy or what.may_sell
        assert trade.is_buy or trade.quantity <= held[trade.symbol].quantity
    assert len({trade.symbol for trade in found.trades}) == len(found.trades)
    assert found.purse >= money.value - money.spendable - NEAR
    if not what.may_sell:
        assert found.purse >= money.value - NEAR
    before = sum((one.value for one in slots), money.value) + what.new_money
    assert abs(found.total - before + found.fees) < NEAR
    assert abs(sum(found.values.values(), found.purse) - found.total) < NEAR
    if found.restores and found.total:
        for one in slots:
            assert abs(found.weight(one.symbol) - one.target) <= what.tolerance + NEAR
        assert abs(found.weight("") - money.target) <= what.tolerance + NEAR


@settings(max_examples=300, deadline=None)
@given(questions(fees=False))
def test_no_list_that_restores_is_shorter(question: tuple[list[Slot], Purse, Terms]) -> None:
    slots, money, what = question
    found = plan(slots, money, what)
    fewest = fewest_by_trying(slots, money, what)
    if fewest is None:
        return
    assert found.restores
    assert len(found.trades) == fewest


def fewest_by_trying(slots: Sequence[Slot], money: Purse, what: Terms) -> int | None:
    """The fewest trades that put everything into its band, found by trying every list there is:
    each asset bought, sold or left, at any amount. Without fees. None: no list does.
    """
    total = sum((one.value for one in slots), money.value) + what.new_money
    if total <= 0:
        return 0
    ends = _purse_ends(money, what, total)
    counts = []
    for signs in product((0, 1, -1) if what.may_sell else (0, 1), repeat=len(slots)):
        spans = [_span(one, sign, what, total) for one, sign in zip(slots, signs, strict=True)]
        known = [span for span in spans if span is not None]
        if len(known) < len(spans):
            continue
        least = money.value + what.new_money - sum((high for _, high in known), D(0))
        most = money.value + what.new_money - sum((low for low, _ in known), D(0))
        if max(least, ends[0]) <= min(most, ends[1]):
            counts.append(sum(sign != 0 for sign in signs))
    return min(counts, default=None)


def _span(one: Slot, sign: int, what: Terms, total: Decimal) -> tuple[Decimal, Decimal] | None:
    low = max(one.target - what.tolerance, D(0)) * total - one.value
    high = (one.target + what.tolerance) * total - one.value
    if sign == 0:
        low, high = max(low, D(0)), min(high, D(0))
    elif sign > 0:
        low = max(low, what.minimum)
    else:
        high = min(high, -what.minimum)
    return (low, high) if low <= high else None


def _purse_ends(money: Purse, what: Terms, total: Decimal) -> tuple[Decimal, Decimal]:
    """In its band; no more spent than there is; no money left behind that has no reason to."""
    floor = money.value - (money.spendable if what.may_sell else D(0))
    low = max((money.target - what.tolerance) * total, floor)
    high = (money.target + what.tolerance) * total
    unspent = what.new_money if what.new_money < what.minimum else D(0)
    return low, min(high, max(money.value, money.target * total) + unspent)
