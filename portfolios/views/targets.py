"""The page Targets: weights against targets, the form that sets them, and the trades between."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portfolios import services
from portfolios.forms import plain_number
from portfolios.models import Portfolio
from portfolios.selectors import portfolio_to_edit, portfolio_to_see, role_of
from portfolios.selectors.targets import Allocation, allocation, proposal
from portfolios.views.answers import person, symbols

#: Rows of the form without a target yet.
SPARE = 3
_TERMS = ("tolerance", "minimum_order", "trade_fee")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Row:
    """One line of the form as it is typed: a weight in percent."""

    symbol: str = ""
    weight: str = ""
    symbol_error: str = ""
    weight_error: str = ""


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_targets(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """`?mode=trade|buy&new_money=` asks for trades, `?start=present` fills the form."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    if request.method == "GET":
        seen = allocation(portfolio)
        context = _form(seen, start=request.GET.get("start", ""))
        return _page(request, seen, context)
    portfolio = portfolio_to_edit(person(request), portfolio_id)
    try:
        services.set_targets(portfolio=portfolio, **_typed(request))
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return _page(request, allocation(portfolio), _refused(request, found), status=422)
    messages.success(request, "The targets are saved. Nothing is traded.")
    return redirect("portfolio-targets", portfolio.pk)


def _page(
    request: HttpRequest, seen: Allocation, form: dict[str, Any], status: int = 200
) -> HttpResponse:
    portfolio = seen.portfolio
    role = role_of(person(request), portfolio)
    drawn = [one.weight for one in seen.targets if one.weight]
    wanted = [one.target for one in seen.targets if one.target]
    scale = max([*drawn, *wanted], default=Decimal(1)) or Decimal(1)
    context = {
        "portfolio": portfolio,
        "role": role,
        "may_edit": role != "viewer",
        "seen": seen,
        "scale": scale,
        # What is without a target may be most of it: drawn as small, the others would be dots.
        "rest_scale": max(scale, seen.rest.weight, seen.rest.target),
        "symbols": symbols(),
        **form,
        **_trades(request, seen),
    }
    return render(request, "portfolios/targets.html", context, status=status)


def _trades(request: HttpRequest, seen: Allocation) -> dict[str, Any]:
    mode = "buy" if request.GET.get("mode") == "buy" else "trade"
    given = request.GET.get("new_money", "").strip()
    money, wrong = Decimal(0), ""
    if given:
        try:
            money = Decimal(plain_number(given, person(request).preferences.locale))
        except InvalidOperation:
            wrong = "Enter a number."
        if not money.is_finite() or not 0 <= money < Decimal(10) ** 20:
            money, wrong = Decimal(0), "Enter an amount that is not negative."
    context: dict[str, Any] = {"mode": mode, "new_money": given, "new_money_error": wrong}
    if seen.targets and not seen.missing and seen.total + money:
        context["found"] = proposal(seen, new_money=money, may_sell=mode == "trade")
    return context


def _form(seen: Allocation, start: str) -> dict[str, Any]:
    rows = [Row(one.symbol, _percent(one.target)) for one in seen.targets]
    if start == "present" and seen.total:
        held = [one for one in [*seen.targets, *seen.others] if one.weight]
        rows = _rounded([(one.symbol, one.weight or Decimal(0)) for one in held])
    return {"rows": [*rows, *[Row()] * SPARE], "terms": _terms(seen.portfolio), "errors": {}}


def _rounded(weights: list[tuple[str, Decimal]]) -> list[Row]:
    """In whole tenths of a percent that sum to what the weights do: the largest takes the rest."""
    parts = [(symbol, round(weight * _HUNDRED, 1)) for symbol, weight in weights]
    off = round(sum((w for _, w in weights), Decimal(0)) * _HUNDRED, 1)
    off -= sum((part for _, part in parts), Decimal(0))
    first = max(range(len(parts)), key=lambda n: parts[n][1], default=0)
    return [
        Row(symbol, f"{(part + off if n == first else part).normalize():f}")
        for n, (symbol, part) in enumerate(parts)
    ]


def _terms(portfolio: Portfolio) -> dict[str, str]:
    return {
        "tolerance": _percent(Decimal(str(portfolio.drift_tolerance))),
        "minimum_order": f"{portfolio.minimum_order.normalize():f}",
        "trade_fee": _percent(Decimal(str(portfolio.trade_fee))),
    }


def _percent(fraction: Decimal | None) -> str:
    return "" if fraction is None else f"{(fraction * _HUNDRED).normalize():f}"


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What the service is told: fractions for percent; rows without a symbol and a weight go."""
    locale = person(request).preferences.locale
    pairs = [(symbol, weight) for symbol, weight in _pairs(request) if symbol or weight]
    targets = [(symbol, _fraction(plain_number(weight, locale))) for symbol, weight in pairs]
    terms: dict[str, Any] = {}
    for name in _TERMS:
        given = plain_number(request.POST.get(name, ""), locale)
        terms[name] = given if name == "minimum_order" else _fraction(given)
    return {"targets": targets, **terms}


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    names, weights = request.POST.getlist("symbol"), request.POST.getlist("weight")
    return [(s.strip(), w.strip()) for s, w in zip(names, weights, strict=False)]


def _fraction(text: str) -> Any:
    """A percent as a fraction; what is no number goes on as it is, to be refused by its field."""
    try:
        return Decimal(text) / _HUNDRED
    except InvalidOperation:
        return text


def _refused(request: HttpRequest, found: dict[str, list[str]]) -> dict[str, Any]:
    """The form as it was typed, with each message at its field."""
    pairs = [pair for pair in _pairs(request) if any(pair)]
    said = {name: texts[0] for name, texts in found.items()}
    rows = [
        Row(s, w, said.pop(f"targets.{n}.symbol", ""), said.pop(f"targets.{n}.weight", ""))
        for n, (s, w) in enumerate(pairs)
    ]
    terms = {name: request.POST.get(name, "") for name in _TERMS}
    return {"rows": [*rows, *[Row()] * SPARE], "terms": terms, "errors": said}
