"""What a request to the Risk page asks: whose holdings, and with which parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, QueryDict

from accounts.models import User
from portfolios.models import Portfolio
from portfolios.selectors import own_portfolios_for, portfolio_to_see
from risk.measures import Scaling
from risk.parameters import Parameters, parameters
from risk.selectors import Answer, Look, answer_of, look_of

Errors = dict[str, list[str]]

#: What the controls offer; the URL may ask for anything in between.
CONFIDENCES = (0.9, 0.95, 0.975, 0.99)
HORIZONS = (1, 5, 10, 30)
WINDOWS = (90, 180, 365, 730, 1095)
BENCHMARKS = ("BTC", "ETH")

#: Name and a plain word for each way to estimate a loss.
METHODS = {
    "historical": ("Historical", "the past as it was"),
    "ewma": ("EWMA", "recent days count more"),
    "filtered_historical": ("Filtered historical", "the past's surprises in today's weather"),
    "parametric": ("Parametric", "a bell curve"),
    "student_t": ("Student t", "a bell curve with fat tails"),
    "cornish_fisher": ("Cornish–Fisher", "a bell curve, bent"),  # noqa: RUF001 - the men's names
}
SCALINGS = {
    "square_root": "√ of time",
    "overlapping": "overlapping periods",
    "simulated": "simulated",
}


class QuestionForm(forms.Form):
    """The controls as the URL has them; `risk.parameters` knows the ranges."""

    confidence = forms.FloatField(required=False)
    horizon = forms.IntegerField(required=False)
    window = forms.IntegerField(required=False)
    as_of = forms.DateField(required=False)
    method = forms.CharField(required=False)
    scaling = forms.CharField(required=False)
    benchmark = forms.CharField(required=False, max_length=20)
    correlation = forms.CharField(required=False)


@dataclass(frozen=True)
class Asked:
    """The holdings shown together in `base`, the parameters, and what was wrong with the URL."""

    user: User
    owned: list[Portfolio]
    chosen: Portfolio | None
    base: str
    question: Parameters
    errors: Errors
    query: QueryDict = field(default_factory=QueryDict)

    @property
    def live_id(self) -> str:
        return str(self.chosen.pk) if self.chosen else "all"

    @property
    def url(self) -> str:
        return f"/risk/{self.chosen.pk}/" if self.chosen else "/risk/"

    @property
    def title(self) -> str:
        return self.chosen.name if self.chosen else "All portfolios"

    @property
    def of(self) -> Portfolio | list[Portfolio]:
        """What selectors are asked about."""
        return self.chosen or self.owned

    @cached_property
    def look(self) -> Look:
        return look_of(self.of, self.question, self.base)

    @cached_property
    def answer(self) -> Answer:
        return answer_of(self.look, self.of)


def asked_by(request: HttpRequest, user: User, portfolio_id: int | None) -> Asked:
    """The question of a request; 404 for what is not the person's."""
    chosen = _chosen(request, user, portfolio_id)
    owned = [chosen] if chosen else list(own_portfolios_for(user))
    base = chosen.base_currency if chosen else user.preferences.base_currency
    question, errors = question_of(request.GET)
    asked = Asked(user, owned, chosen, base, question, errors, request.GET)
    return _with_known_benchmark(asked) if owned else asked


def _with_known_benchmark(asked: Asked) -> Asked:
    """The same, without a benchmark that nobody knows."""
    if asked.question.benchmark is None:
        return asked
    try:
        _ = asked.look
    except ValidationError as error:
        usual = Parameters()
        said = error.message_dict
        return Asked(asked.user, asked.owned, asked.chosen, asked.base, usual, said, asked.query)
    return asked


def _chosen(request: HttpRequest, user: User, portfolio_id: int | None) -> Portfolio | None:
    wanted = str(portfolio_id or request.GET.get("portfolio", ""))
    if wanted in {"", "all"}:
        return None
    if not wanted.isdecimal():
        raise Http404
    return portfolio_to_see(user, int(wanted))


def question_of(query: QueryDict) -> tuple[Parameters, Errors]:
    """What the URL asks for; where that is no question, the usual one and the errors by field."""
    form = QuestionForm(query)
    if not form.is_valid():
        said = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        return Parameters(), said
    given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    try:
        return parameters(**given), {}
    except ValidationError as error:
        return Parameters(), error.message_dict


def query_of(asked: Parameters) -> str:
    """What of a question is not the usual, as a query string with its question mark, or nothing."""
    usual = Parameters()
    names = [name for name in QuestionForm.base_fields if name in vars(usual)]
    changed = {
        name: str(getattr(asked, name))
        for name in names
        if getattr(asked, name) != getattr(usual, name)
    }
    return f"?{urlencode(changed)}" if changed else ""


def controls(asked: Asked) -> dict[str, Any]:
    """What the controls offer and show."""
    question = asked.question
    own = asked.chosen.benchmark if asked.chosen else BENCHMARKS[0]
    benchmarks = {*BENCHMARKS, own, question.benchmark or own}
    return {
        "asked": question,
        "errors": asked.errors,
        "is_usual": question == Parameters(),
        "query": query_of(question),
        "confidences": [(c, share(c)) for c in sorted({*CONFIDENCES, question.confidence})],
        "confidence_text": share(question.confidence),
        "horizons": sorted({*HORIZONS, question.horizon}),
        "windows": sorted({*WINDOWS, question.window}),
        "method_names": [(key, name) for key, (name, _) in METHODS.items()],
        "method_name": METHODS[question.method][0],
        "scalings": [(one.value, SCALINGS[one]) for one in Scaling],
        "scaling_name": SCALINGS[question.scaling],
        "own_benchmark": own,
        "benchmarks": sorted(benchmarks),
        "today": datetime.now(UTC).date(),
    }


def share(confidence: float) -> str:
    return f"{confidence * 100:.4g} %"
