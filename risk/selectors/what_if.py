"""The risk answer before and after trades that nobody made. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError

from markets.models import Asset, AssetKind, Venue
from portfolios.models import Portfolio
from risk.crossing import plain
from risk.limits import read
from risk.measures import Array
from risk.models import Limit
from risk.parameters import Parameters
from risk.selectors.answers import Answer, answer_of, look_of
from risk.selectors.exposure import Exposure, Held
from risk.selectors.limits import limits_for, returns_of
from risk.selectors.looks import Look, look_at
from risk.selectors.units import offered, positions_of
from risk.what_if import ZERO, Fill, Outcome, Position, RefusedError, Trade, apply

if TYPE_CHECKING:
    from accounts.models import User

#: What a trade costs where nobody says otherwise: the usual fee of a large exchange.
FEE_RATE = Decimal("0.001")
#: Parts of an answer that are no figures: words, and lists that are compared as such.
_NO_FIGURES = frozenset(
    {
        "portfolio",
        "symbol",
        "as_of",
        "priced_at",
        "first_day",
        "last_day",
        "window_days",
        "confidence",
        "horizon_days",
        "explain",
        "sentence",
        "sentence_parts",
        "warnings",
        "contributions",
        "score_parts",
        "seed",
    }
)

Owned = Portfolio | Sequence[Portfolio]


def what_if(
    owner: User,
    portfolio: Owned,
    trades: Sequence[Trade],
    *,
    asked: Parameters | None = None,
    base: str | None = None,
    fee_rate: Decimal = FEE_RATE,
) -> Answer:
    """Every figure before and after `trades` of one portfolio, or of several taken together.

    ValidationError names the trade and the field (`trades.0.quantity`) that cannot be.
    """
    asked = asked or Parameters()
    now, before = _as_it_is(portfolio, asked, base)
    done = _carried_out(now.exposure, _listed(portfolio), trades, fee_rate)
    then = look_at(with_positions(now.exposure, done), asked)
    after = answer_of(then, portfolio)
    return {
        "before": before,
        "after": after,
        "changed": changes(before, after),
        "limits": _limits(owner, portfolio, (now, before), (then, after)),
        "trades": [_fill(fill) for fill in done.fills],
        "cash": {
            "currency": now.exposure.base,
            "before": plain(done.cash.before),
            "after": plain(done.cash.after),
            "from_outside": plain(done.cash.from_outside),
            "fees": plain(done.cash.fees),
        },
    }


def _as_it_is(portfolio: Owned, asked: Parameters, base: str | None) -> tuple[Look, Answer]:
    """What stands before the trades. A slider asks many times a second: it is reckoned once for
    each state of ledger and history in `settings.RISK_ANSWER_SECONDS`.
    """
    seconds = settings.RISK_ANSWER_SECONDS
    if not seconds:
        return _measured(portfolio, asked, base)
    portfolios = _listed(portfolio)
    state = (
        *((one.pk, one.revision) for one in portfolios),
        *Venue.objects.order_by("pk").values_list("pk", "history_version"),
    )
    of = portfolio if isinstance(portfolio, Portfolio) else tuple(portfolios)
    return _kept(of, asked, base, state, int(time.monotonic() / seconds))


@lru_cache(maxsize=32)
def _kept(
    portfolio: Portfolio | tuple[Portfolio, ...],
    asked: Parameters,
    base: str | None,
    state: tuple[tuple[int, int], ...],  # noqa: ARG001 - a key only
    moment: int,  # noqa: ARG001 - a key only
) -> tuple[Look, Answer]:
    return _measured(portfolio, asked, base)


def _measured(portfolio: Owned, asked: Parameters, base: str | None) -> tuple[Look, Answer]:
    seen = look_of(portfolio, asked, base)
    return seen, answer_of(seen, portfolio)


def _listed(portfolio: Owned) -> list[Portfolio]:
    return [portfolio] if isinstance(portfolio, Portfolio) else list(portfolio)


def _carried_out(
    held: Exposure, portfolios: Sequence[Portfolio], trades: Sequence[Trade], fee_rate: Decimal
) -> Outcome:
    positions = positions_of(portfolios, held)
    owned = {position.symbol for position in positions}
    new = offered({trade.symbol for trade in trades} - owned - {held.base}, held)
    try:
        return apply(positions, trades, base=money_of(held.base), market=new, fee_rate=fee_rate)
    except RefusedError as error:
        raise ValidationError({f"trades.{error.index}.{error.field}": [error.message]}) from error


def money_of(base: str) -> Position:
    """The base currency with nothing held of it."""
    kind = Asset.objects.filter(symbol=base).values_list("kind", flat=True).first()
    return Position(base, kind or AssetKind.FIAT, ZERO, Decimal(1))


def with_positions(held: Exposure, done: Outcome) -> Exposure:
    """The exposure with other positions, at the same prices."""
    positions = [Held(one.symbol, one.kind, one.value) for one in done.positions if one.value > 0]
    positions.sort(key=lambda one: (-one.value, one.symbol))
    return replace(held, held=positions, warnings=list(held.warnings))


def _fill(fill: Fill) -> Answer:
    return {
        "symbol": fill.symbol,
        "quantity": plain(fill.quantity),
        "price": plain(fill.price.quantize(Decimal("1e-18"))),
        "value": plain(fill.value.quantize(Decimal("1e-18"))),
        "fee": plain(fill.fee.quantize(Decimal("1e-18"))),
        "implied": fill.implied,
    }


def changes(before: Answer, after: Answer) -> list[Answer]:
    """Every figure that is not the same, under its path (`var.historical`); a loss by its
    fraction, money as a string.
    """
    old, new = dict(_figures(before)), dict(_figures(after))
    names = list(dict.fromkeys([*old, *new]))
    return [
        {"measure": name, "before": old.get(name), "after": new.get(name)}
        for name in names
        if old.get(name) != new.get(name)
    ]


def _figures(answer: Answer, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in answer.items():
        if not path and name in _NO_FIGURES:
            continue
        if isinstance(value, dict):
            if set(value) == {"fraction", "amount"}:
                yield f"{path}{name}", value["fraction"]
            else:
                yield from _figures(value, f"{path}{name}.")
        elif value is None or name == "value" or isinstance(value, int | float):
            yield f"{path}{name}", value


def _limits(
    owner: User,
    portfolio: Owned,
    now: tuple[Look, Answer],
    then: tuple[Look, Answer],
) -> list[Answer]:
    """The enabled limits of what is looked at, on both sides. Limits are about the usual window,
    whatever was asked.
    """
    single = portfolio if isinstance(portfolio, Portfolio) else None
    chosen = list(limits_for(owner).enabled().filter(portfolio=single))
    if not chosen:
        return []
    sides = [_usual(look, answer, portfolio) for look, answer in (now, then)]
    return [_limit(limit, sides) for limit in chosen]


def _usual(seen: Look, answer: Answer, portfolio: Owned) -> tuple[Answer, Array | None]:
    if seen.asked != Parameters():
        seen = look_at(seen.exposure, Parameters())
        answer = answer_of(seen, portfolio)
    return answer, returns_of(seen)


def _limit(limit: Limit, sides: Iterable[tuple[Answer, Array | None]]) -> Answer:
    line = limit.line
    before, after = (read(line, answer, returns) for answer, returns in sides)
    return {
        "id": limit.pk,
        "name": str(limit),
        "measure": limit.measure,
        "unit": line.unit,
        "direction": line.direction,
        "limit": line.threshold,
        "before": before.value,
        "after": after.value,
        "state_before": line.state(before.value),
        "state_after": line.state(after.value),
        "fraction_before": line.fraction_used(before.value),
        "fraction_after": line.fraction_used(after.value),
    }
