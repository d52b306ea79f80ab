"""The smallest list of trades that brings weights back to their targets. No framework, all Decimal.

Money is in one currency; weights are fractions of the total, which new money raises and fees lower.
An asset *drifts* when its weight is further than the tolerance from its target. Trades move money
between assets and one `Purse`: cash (with a target of its own), or all that has no target (its
target is what the others leave of 1), of which only the cash can be spent.

The list restores every asset and the purse to its band, no order is below the minimum, nothing is
sold that is not held, and no more is spent than there is. Money does not stay behind: the purse
ends no higher than it was or than its target. Of all such lists this is one with the fewest
trades; of the amounts that leaves open, each trade goes as near to its target as the money allows.

Why it is the fewest: an asset outside its band must be traded, one inside only if the others bring
or take too much money. Then the assets that can give (take) most go first, and each further one
only adds to both ends of what can be reached. Amounts are found at the total after fees, which they
change by themselves: the two are iterated until they agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from portfolios.basis.events import PRECISE, UNIT, ZERO

ONE = Decimal(1)
ROUNDS = 30
#: Two totals that agree so far (a fraction) are one.
SAME = Decimal("1e-24")
#: So many trades the other way may make up for a minimum order that brings (takes) too much.
AGAINST = 2
#: A band is kept when it is left by no more than what rounding to 18 decimals does.
HAIR = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Slot:
    """One asset with a target: what is held of it, at a price, and the weight it should have."""

    symbol: str
    quantity: Decimal
    price: Decimal
    target: Decimal

    @property
    def value(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Purse:
    """Where money of sales goes to and money of purchases comes from; `spendable` of it is cash."""

    value: Decimal
    spendable: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """`tolerance` and `fee` are fractions, `minimum` and `new_money` are money.

    Without `may_sell` only the new money is spent, and nothing else of the purse.
    """

    tolerance: Decimal
    minimum: Decimal = ZERO
    fee: Decimal = ZERO
    new_money: Decimal = ZERO
    may_sell: bool = True


@dataclass(frozen=True, slots=True)
class Trade:
    """Buy or sell (`is_buy`) so many units at `price`; `fee` comes on top of `value`."""

    symbol: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """Trades, and what is held after them. `restores`: every asset and the purse is in its band
    then; else `outside` names those that are not ("" is the purse).
    """

    trades: tuple[Trade, ...]
    values: dict[str, Decimal]
    purse: Decimal
    total: Decimal
    outside: tuple[str, ...]

    @property
    def restores(self) -> bool:
        return not self.outside

    @property
    def fees(self) -> Decimal:
        return sum((trade.fee for trade in self.trades), ZERO)

    def weight(self, symbol: str) -> Decimal:
        """Of an asset after the trades; "" is the purse."""
        value = self.values[symbol] if symbol else self.purse
        return value / self.total if self.total else ZERO


@dataclass(slots=True)
class _Span:
    """A trade of `slot`: its signed value lies in [low, high], both of one sign (a sale is < 0)."""

    slot: Slot
    low: Decimal
    high: Decimal
    value: Decimal = ZERO


def plan(slots: Sequence[Slot], purse: Purse, terms: Terms, others: Decimal = ZERO) -> Plan:
    """The trades for these assets; `others` is value that is neither traded nor in the purse."""
    with localcontext(PRECISE):
        held = sum((slot.value for slot in slots), ZERO) + purse.value + others
        before = held + terms.new_money
        total, amounts = before, dict[str, Decimal]()
        for _ in range(ROUNDS if before > 0 else 0):
            solver = _Solver(slots, purse, terms, total)
            found = solver.fewest()
            amounts = solver.best_effort() if found is None else found
            paid = terms.fee * sum((abs(value) for value in amounts.values()), ZERO)
            settled = abs(before - paid - total) <= before * SAME
            total = before - paid
            if settled:
                break
        return _plan(slots, purse, terms, amounts, before)


class _Solver:
    """Trades at a total that is taken as known."""

    def __init__(self, slots: Sequence[Slot], purse: Purse, terms: Terms, total: Decimal) -> None:
        self.slots, self.purse, self.terms, self.total = slots, purse, terms, total
        self.least, self.most = self._purse_bounds()

    def band(self, target: Decimal) -> tuple[Decimal, Decimal]:
        """Values between which a weight is near enough."""
        low = max(target - self.terms.tolerance, ZERO) * self.total
        return low, (target + self.terms.tolerance) * self.total

    def _purse_bounds(self) -> tuple[Decimal, Decimal]:
        purse, terms = self.purse, self.terms
        low, high = self.band(purse.target)
        unspent = terms.new_money if terms.new_money < terms.minimum else ZERO
        ceiling = max(purse.value, purse.target * self.total) + unspent
        floor = purse.value - (purse.spendable if terms.may_sell else ZERO)
        if purse.value > high:
            ceiling = max(floor, high)
        return max(floor, min(low, ceiling)), ceiling

    def cost(self, value: Decimal) -> Decimal:
        """What a trade takes out of the purse."""
        return value + self.terms.fee * abs(value)

    def fewest(self) -> dict[str, Decimal] | None:
        """Signed values by symbol, or None where no list of trades restores all."""
        must: list[_Span] = []
        sales: list[_Span] = []
        buys: list[_Span] = []
        for slot in self.slots:
            low, high = self.band(slot.target)
            down, up = self._sale(slot, low, high), self._purchase(slot, low, high)
            if low <= slot.value <= high:
                sales += [down] if down else []
                buys += [up] if up else []
                continue
            span = up if slot.value < low else down
            if span is None:
                return None
            must.append(span)
        chosen = self._with_enough(must, sales, buys)
        return None if chosen is None else self._amounts(chosen)

    def _sale(self, slot: Slot, low: Decimal, high: Decimal) -> _Span | None:
        least, most = max(self.terms.minimum, slot.value - high), slot.value - low
        possible = self.terms.may_sell and most > 0 and least <= most
        return _Span(slot, -most, -least) if possible else None

    def _purchase(self, slot: Slot, low: Decimal, high: Decimal) -> _Span | None:
        least, most = max(self.terms.minimum, low - slot.value), high - slot.value
        return _Span(slot, least, most) if most > 0 and least <= most else None

    def _reach(self, spans: Iterable[_Span]) -> tuple[Decimal, Decimal]:
        """The least and the most that the purse can hold after these trades."""
        spans, start = list(spans), self.purse.value + self.terms.new_money
        low = start - sum((self.cost(span.high) for span in spans), ZERO)
        high = start - sum((self.cost(span.low) for span in spans), ZERO)
        return low, high

    def _fits(self, spans: Iterable[_Span]) -> bool:
        low, high = self._reach(spans)
        return low <= self.most and high >= self.least

    def _with_enough(
        self, must: list[_Span], sales: list[_Span], buys: list[_Span]
    ) -> list[_Span] | None:
        """`must` and the fewest others with which the money comes out."""
        if self._fits(must):
            return must
        sales = sorted(sales, key=lambda span: (span.low, span.slot.symbol))
        buys = sorted(buys, key=lambda span: (-span.high, span.slot.symbol))
        needed = (sales, buys) if self._reach(must)[1] < self.least else (buys, sales)
        for count in range(1, len(self.slots) - len(must) + 1):
            for against in range(min(AGAINST, count - 1) + 1):
                for extra in _drawn(*needed, count - against, against):
                    if self._fits([*must, *extra]):
                        return [*must, *extra]
        return None

    def _amounts(self, spans: list[_Span]) -> dict[str, Decimal]:
        """Each trade to its target, then all of them shifted until the purse is in its bounds."""
        for span in spans:
            ideal = span.slot.target * self.total - span.slot.value
            span.value = min(max(ideal, span.low), span.high)
        after = self._after(spans)
        if after > self.most:
            self._shift(spans, after - self.most, [span.high for span in spans])
        elif after < self.least:
            self._shift(spans, after - self.least, [span.low for span in spans])
        return {span.slot.symbol: span.value for span in spans}

    def _after(self, spans: Iterable[_Span]) -> Decimal:
        spent = sum((self.cost(span.value) for span in spans), ZERO)
        return self.purse.value + self.terms.new_money - spent

    def _shift(self, spans: list[_Span], money: Decimal, ends: list[Decimal]) -> None:
        """Spend `money` more (less, where negative), each trade by the same part of its room."""
        rooms = [
            self.cost(end) - self.cost(span.value) for span, end in zip(spans, ends, strict=True)
        ]
        part = money / sum(rooms, ZERO)
        for span, end in zip(spans, ends, strict=True):
            span.value += part * (end - span.value)

    def best_effort(self) -> dict[str, Decimal]:
        """Where nothing restores all: drifting assets sold down to their targets, and the money put
        where most is missing.
        """
        terms, found = self.terms, dict[str, Decimal]()
        money = terms.new_money + (self.purse.spendable if terms.may_sell else ZERO)
        kept = self.purse.target * self.total
        money = min(money, max(ZERO, self.purse.value + terms.new_money - kept))
        missing: list[tuple[Decimal, Slot]] = []
        for slot in self.slots:
            _, high = self.band(slot.target)
            gap = slot.target * self.total - slot.value
            if slot.value > high and terms.may_sell and -gap >= terms.minimum:
                found[slot.symbol] = gap
                money -= self.cost(gap)
            elif gap > 0:
                missing.append((gap, slot))
        for gap, slot in sorted(missing, key=lambda one: (-one[0], one[1].symbol)):
            value = min(gap, money / (ONE + terms.fee))
            if value > 0 and value >= terms.minimum:
                found[slot.symbol] = value
                money -= self.cost(value)
        return found


def _drawn(
    needed: list[_Span], against: list[_Span], count: int, few: int
) -> Iterable[list[_Span]]:
    """The largest `count` of the needed kind and `few` of the other, of different assets: once the
    needed kind chosen first, once the other.
    """
    for first, second, n, m in ((needed, against, count, few), (against, needed, few, count)):
        head = first[:n]
        taken = {span.slot.symbol for span in head}
        tail = [span for span in second if span.slot.symbol not in taken][:m]
        if len(head) == n and len(tail) == m:
            yield [*head, *tail]
        if not few:
            return


def _plan(
    slots: Sequence[Slot],
    purse: Purse,
    terms: Terms,
    amounts: dict[str, Decimal],
    before: Decimal,
) -> Plan:
    """The trades in whole 18 decimals, and what they really lead to."""
    trades, values = [], {slot.symbol: slot.value for slot in slots}
    left = purse.value + terms.new_money
    for slot in slots:
        amount = amounts.get(slot.symbol, ZERO)
        if not amount:
            continue
        trade = _trade(slot, amount, terms)
        trades.append(trade)
        sign = ONE if trade.is_buy else -ONE
        values[slot.symbol] += sign * trade.value
        left -= sign * trade.value + trade.fee
    trades.sort(key=lambda trade: (trade.is_buy, -trade.value))
    total = before - sum((trade.fee for trade in trades), ZERO)
    weighed = [(slot.symbol, values[slot.symbol], slot.target) for slot in slots]
    weighed.append(("", left, purse.target))
    outside = _outside(weighed, total, terms.tolerance + HAIR)
    return Plan(tuple(trades), values, left, total, outside)


def _trade(slot: Slot, amount: Decimal, terms: Terms) -> Trade:
    quantity = (abs(amount) / slot.price).quantize(UNIT)
    if amount < 0:
        quantity = min(quantity, slot.quantity)
    value = quantity * slot.price
    fee = (value * terms.fee).quantize(UNIT)
    return Trade(slot.symbol, amount > 0, quantity, slot.price, value, fee)


def _outside(
    weighed: Iterable[tuple[str, Decimal, Decimal]], total: Decimal, near: Decimal
) -> tuple[str, ...]:
    """Of (symbol, value, target) the symbols whose weight is not `near` its target."""
    if total <= 0:
        return ()
    return tuple(name for name, value, target in weighed if abs(value / total - target) > near)
