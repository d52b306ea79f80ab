"""The Risk page: the sentence, its controls, where the risk sits, and what it is read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from alerts.selectors import load_lines
from portfolios.models import Portfolio
from portfolios.selectors import portfolios_for
from risk import drawings
from risk.parameters import Parameters, parameters
from risk.selectors import Answer, Look, answer_of, look_of, score_history

Owned = Portfolio | Sequence[Portfolio]

#: What the controls offer; the URL may ask for anything in between.
CONFIDENCES = (0.9, 0.95, 0.975, 0.99)
HORIZONS = (1, 5, 10, 30)
WINDOWS = (90, 180, 365, 730, 1095)

#: Parts that htmx asks for alone, by the id of the element they replace.
PARTS = {"risk-page": "risk/body.html", "risk-live": "risk/live.html"}

METHODS = (
    ("historical", "Historical", "the past as it was"),
    ("ewma", "EWMA", "recent days count more"),
    ("parametric", "Parametric", "a bell curve"),
    ("cornish_fisher", "Cornish–Fisher", "a bell curve, bent"),  # noqa: RUF001 - the men's names
)


class QuestionForm(forms.Form):
    """The controls as the URL has them; `risk.parameters` knows the ranges."""

    confidence = forms.FloatField(required=False)
    horizon = forms.IntegerField(required=False)
    window = forms.IntegerField(required=False)
    as_of = forms.DateField(required=False)


@login_required
@require_safe
def page(request: HttpRequest, portfolio_id: int | None = None) -> HttpResponse:
    """`/risk/` (all portfolios, or `?portfolio=`) and `/risk/<id>/`; parts of it for htmx."""
    user = cast(User, request.user)
    chosen = _chosen(request, user, portfolio_id)
    owned = [chosen] if chosen else list(portfolios_for(user))
    context: dict[str, Any] = {
        "portfolio": chosen,
        "picker_root": "/risk/",
        "page_url": f"/risk/{chosen.pk}/" if chosen else "/risk/",
    }
    if not owned:
        return render(request, "risk/empty.html", context)
    asked, errors = question(request)
    base = chosen.base_currency if chosen else user.preferences.base_currency
    seen = look_of(chosen or owned, asked, base)
    answer = answer_of(seen, chosen or owned)
    context |= _figures(answer, seen) | _controls(asked, errors)
    context |= {
        "risk_id": str(chosen.pk) if chosen else "all",
        "lines": [line for line in load_lines(user, chosen) if line.subject == "risk"],
        "history": _history(chosen),
    }
    part = request.headers.get("HX-Target", "")
    return render(request, PARTS.get(part, "risk/page.html"), context)


def _chosen(request: HttpRequest, user: User, portfolio_id: int | None) -> Portfolio | None:
    wanted = str(portfolio_id or request.GET.get("portfolio", ""))
    if wanted in {"", "all"}:
        return None
    if not wanted.isdecimal():
        raise Http404
    return get_object_or_404(portfolios_for(user), pk=int(wanted))


def question(request: HttpRequest) -> tuple[Parameters, dict[str, list[str]]]:
    """What the URL asks for; where that is no question, the usual one and the errors by field."""
    form = QuestionForm(request.GET)
    if not form.is_valid():
        return Parameters(), {
            name: [str(one) for one in said] for name, said in form.errors.items()
        }
    usual = Parameters()
    given = form.cleaned_data
    try:
        return parameters(
            window=usual.window if given["window"] is None else given["window"],
            confidence=usual.confidence if given["confidence"] is None else given["confidence"],
            horizon=usual.horizon if given["horizon"] is None else given["horizon"],
            as_of=given["as_of"],
        ), {}
    except ValidationError as error:
        return usual, error.message_dict


def _controls(asked: Parameters, errors: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "asked": asked,
        "errors": errors,
        "is_usual": asked == Parameters(),
        "confidences": [(c, _share(c)) for c in sorted({*CONFIDENCES, asked.confidence})],
        "confidence_text": _share(asked.confidence),
        "horizons": sorted({*HORIZONS, asked.horizon}),
        "windows": sorted({*WINDOWS, asked.window}),
        "today": datetime.now(UTC).date(),
    }


def _share(confidence: float) -> str:
    return f"{confidence * 100:.4g} %"


def _figures(answer: Answer, seen: Look) -> dict[str, Any]:
    """The answer, and what its charts are drawn from."""
    var, cvar = answer["var"]["historical"], answer["cvar"]
    drawn: dict[str, Any] = {"histogram": {"bins": []}, "underwater": {"points": []}, "heat": []}
    if seen.series is not None:
        series = seen.series
        scale = answer["horizon_days"] == 1  # losses of several days have no place among days
        drawn = {
            "histogram": drawings.histogram(
                series.returns,
                var["fraction"] if var and scale else None,
                cvar["fraction"] if cvar and scale else None,
            ),
            "underwater": drawings.underwater(series.days, series.returns),
            "heat": drawings.heat(series.symbols, series.own_returns),
        }
    return {
        "answer": answer,
        "one_in": f"{1 / (1 - answer['confidence']):.3g}",
        "priced_at": _moment(answer["priced_at"]),
        "why": {
            name: {**facts, "as_of": _moment(facts["as_of"])}
            for name, facts in answer["explain"].items()
        },
        "methods": [
            {"key": f"var_{key}", "name": name, "words": words, "loss": answer["var"][key]}
            for key, name, words in METHODS
        ],
        **drawn,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _history(chosen: Portfolio | None) -> dict[str, Any]:
    """The score day by day; it is kept for each portfolio, not for all together."""
    points = score_history(chosen) if chosen else []
    known = [[point["day"].isoformat(), point["score"]] for point in points if point["score"]]
    lines = [{"name": "Score", "points": known, "tone": "mark"}]
    return {"unit": "number", "series": lines if len(known) > 1 else []}
