"""Limits of a person: their lines, their readings, and the history of breaches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from portfolios.models import Portfolio
from portfolios.selectors import own_portfolios_for
from risk.limits import TAIL, LoadLine, Reading, deepest_first, read
from risk.measures import Array
from risk.models import Breach, Limit, LimitQuerySet
from risk.parameters import Parameters
from risk.selectors.answers import Answer, answer_of, look_of
from risk.selectors.looks import Look

if TYPE_CHECKING:
    from accounts.models import User

Scope = tuple[tuple[Portfolio, ...], str]


def limits_for(user: User) -> LimitQuerySet:
    """The person's limits, with what they are about."""
    return LimitQuerySet(Limit).owned_by(user).select_related("portfolio__venue", "asset", "owner")


def breaches_for(user: User) -> QuerySet[Breach]:
    """When the person's limits were breached, newest first."""
    return Breach.objects.filter(limit__owner=user).select_related(
        "limit__portfolio", "limit__asset"
    )


def scope_of(limit: Limit) -> Scope:
    """The portfolios that a limit is about, and the currency they are measured in."""
    if limit.portfolio is not None:
        return (limit.portfolio,), limit.portfolio.base_currency
    return tuple(own_portfolios_for(limit.owner)), limit.owner.preferences.base_currency


def readings_for(limits: Iterable[Limit]) -> dict[int, tuple[Reading, Answer]]:
    """What each limit measures now and the answer it was read from, by id; what limits are about
    is looked at once, however many there are.
    """
    seen: dict[tuple[int, int | None], tuple[Answer, Array | None]] = {}
    found = {}
    for limit in limits:
        place = (limit.owner_id, limit.portfolio_id)
        if place not in seen:
            seen[place] = _look(limit)
        answer, returns = seen[place]
        found[limit.pk] = (read(limit.line, answer, returns), answer)
    return found


def _look(limit: Limit) -> tuple[Answer, Array | None]:
    portfolios, base = scope_of(limit)
    found = look_of(list(portfolios), Parameters(), base)
    return answer_of(found, limit.portfolio or list(portfolios)), returns_of(found)


def returns_of(seen: Look) -> Array | None:
    """The risk series of a look, if it has one."""
    return None if seen.series is None else seen.series.returns


def limit_lines(user: User, portfolio: Portfolio | None = None) -> list[LoadLine]:
    """The person's enabled limits as load lines, the deepest first: of one portfolio, or all.

    The values are the last ones that were judged, so a line is over exactly while a breach is
    open; a limit that was never judged is measured now.
    """
    chosen = limits_for(user).enabled()
    if portfolio is not None:
        chosen = chosen.filter(portfolio=portfolio)
    found = list(chosen.prefetch_related(open_breaches()))
    new = readings_for(limit for limit in found if limit.measured_at is None)
    return deepest_first(line_of(limit, *new.get(limit.pk, ())[:1]) for limit in found)


def open_breaches() -> Prefetch[str]:
    """For `prefetch_related`: fills `open_now` of each limit."""
    return Prefetch("breaches", Breach.objects.filter(closed_at=None), to_attr="open_now")


def line_of(limit: Limit, reading: Reading | None = None) -> LoadLine:
    """A limit with its stored reading, or with a newer one."""
    line = limit.line
    seen = reading or Reading(limit.value, limit.missing)
    breach = next(iter(getattr(limit, "open_now", ())), None)
    return LoadLine(
        rule_id=None,
        limit_id=limit.pk,
        name=limit.name or line.title,
        value=seen.value,
        limit=line.threshold,
        direction=line.direction,
        fraction_used=line.fraction_used(seen.value),
        state=line.state(seen.value),
        unit=line.unit,
        subject="risk",
        about=limit.about,
        since=breach.opened_at if breach else limit.created_at,
        missing=seen.missing,
        measure=line.measure,
        portfolio_id=limit.portfolio_id,
        watches=watches_of(limit),
    )


def watches_of(limit: Limit) -> tuple[object, ...]:
    """What an alert rule must watch to be the same line: its portfolio's usual figures."""
    line = limit.line
    is_usual = line.measure not in TAIL or (line.confidence, line.horizon) == (0.95, 1)
    what = str(line.measure) if is_usual and line.asset is None else f"limit {limit.pk}"
    return limit.portfolio_id, what, line.direction, round(line.threshold, 9)
