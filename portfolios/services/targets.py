"""Writing down what a portfolio should be made of. Nothing here trades."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction

from markets.models import Asset
from portfolios.models import Portfolio, Target
from portfolios.services import cleaning
from portfolios.services.marking import locked

ONE = Decimal(1)
MOST = 200
#: Bounds of tolerance and fee, both fractions.
TOLERANCES, FEES = (Decimal("0.001"), Decimal("0.5")), (Decimal(0), Decimal("0.1"))


def set_targets(
    *,
    portfolio: Portfolio,
    targets: Iterable[tuple[str, Any]] | None = None,
    tolerance: Any = None,
    minimum_order: Any = None,
    trade_fee: Any = None,
) -> Portfolio:
    """Replace all targets by these (symbol, weight), and change the terms that are named.

    Weights are fractions of at most six decimals that sum to at most 1: what they leave is for
    everything without a target. A weight of 0 means: sell it. None: leave as it is. Raises
    ValidationError on `targets.<n>.symbol`, `targets.<n>.weight`, `targets`, `tolerance`,
    `minimum_order`, `trade_fee`.
    """
    check = cleaning.Check()
    rows = None if targets is None else _rows(list(targets), check)
    terms = {
        "drift_tolerance": _fraction(tolerance, "tolerance", TOLERANCES, check),
        "minimum_order": _money(minimum_order, check),
        "trade_fee": _fraction(trade_fee, "trade_fee", FEES, check),
    }
    check.stop()
    changed = {name: value for name, value in terms.items() if value is not None}
    with transaction.atomic():
        portfolio = locked(portfolio)
        for name, value in changed.items():
            is_float = name != "minimum_order"
            setattr(portfolio, name, float(value) if is_float else value)
        if changed:
            portfolio.save(update_fields=list(changed))
        if rows is not None:
            portfolio.targets.all().delete()
            made = (Target(portfolio=portfolio, asset=a, weight=w) for a, w in rows)
            Target.objects.bulk_create(made)
    return portfolio


def _rows(targets: list[tuple[str, Any]], check: cleaning.Check) -> list[tuple[Asset, Decimal]]:
    found: dict[int, tuple[Asset, Decimal]] = {}
    for number, (symbol, given) in enumerate(targets):
        asset = cleaning.asset(symbol, f"targets.{number}.symbol", check)
        weight = _weight(given, f"targets.{number}.weight", check)
        if asset is not None and asset.pk in found:
            check.add(f"targets.{number}.symbol", f"{asset.symbol} is named twice.")
        elif asset is not None and weight is not None:
            found[asset.pk] = (asset, weight)
    total = sum((weight for _, weight in found.values()), Decimal(0))
    if total > ONE:
        over = f"{total * 100:f}".rstrip("0").rstrip(".")
        check.add("targets", f"The weights sum to {over} %, which is more than all there is.")
    if len(targets) > MOST:
        check.add("targets", f"At most {MOST} targets.")
    return list(found.values())


def _weight(given: Any, field: str, check: cleaning.Check) -> Decimal | None:
    weight = cleaning.amount(given, field, check)
    if weight is None:
        return None
    if not 0 <= weight <= 1:
        check.add(field, "A weight lies between 0 and 1 (0 % and 100 %).")
        return None
    if weight != weight.quantize(Decimal("1e-6")):
        check.add(field, "At most six decimals (four of a percent).")
        return None
    return weight


def _fraction(
    given: Any, field: str, bounds: tuple[Decimal, Decimal], check: cleaning.Check
) -> Decimal | None:
    if given is None:
        return None
    value = cleaning.amount(given, field, check)
    low, high = bounds
    if value is not None and not low <= value <= high:
        check.add(field, f"Between {low * 100:f} and {high * 100:f} percent.".replace(".000", ""))
        return None
    return value


def _money(given: Any, check: cleaning.Check) -> Decimal | None:
    return None if given is None else cleaning.amount(given, "minimum_order", check)
