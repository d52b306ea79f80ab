"""`/api/portfolios/{id}/performance` and what it is made of: periods, assets, a benchmark.

Without an id all of one's own portfolios are taken together, in the person's base currency.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from portfolios.api.doors import person, portfolio_of
from portfolios.api.performance_serializers import (
    BenchmarkAskedSerializer,
    ComparisonSerializer,
    EarnedByAssetsSerializer,
    EarnedSerializer,
    PeriodsAskedSerializer,
    PeriodsSerializer,
)
from portfolios.api.serializers import SpanSerializer
from portfolios.compared import mix_of
from portfolios.marks import today
from portfolios.selectors import own_portfolios_for
from portfolios.selectors.benchmarks import Comparison, benchmark_comparison
from portfolios.selectors.contributions import Contributions, asset_contributions
from portfolios.selectors.earnings import Timeline, periods, returns, timeline
from portfolios.selectors.takings import takings
from portfolios.selectors.wholes import Whole


class PerformanceTogether(APIView):
    """What all of one's own portfolios earned together between two days."""

    @extend_schema(
        operation_id="portfolios_together_performance",
        parameters=[SpanSerializer],
        responses=EarnedSerializer,
    )
    def get(self, request: Request) -> Response:
        return _performance(request, _own(request))


class Performance(APIView):
    """What was earned between two days."""

    @extend_schema(parameters=[SpanSerializer], responses=EarnedSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        return _performance(request, _one(request, portfolio_id))


class ReturnsTogether(APIView):
    """The same of all of one's own portfolios by day, week, month or year."""

    @extend_schema(
        operation_id="portfolios_together_returns",
        parameters=[PeriodsAskedSerializer],
        responses=PeriodsSerializer,
    )
    def get(self, request: Request) -> Response:
        return _periods(request, _own(request))


class Returns(APIView):
    """The same by day, week, month or year."""

    @extend_schema(parameters=[PeriodsAskedSerializer], responses=PeriodsSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        return _periods(request, _one(request, portfolio_id))


class ContributionsTogether(APIView):
    """Each asset's part in what all of one's own portfolios earned."""

    @extend_schema(
        operation_id="portfolios_together_contributions",
        parameters=[SpanSerializer],
        responses=EarnedByAssetsSerializer,
    )
    def get(self, request: Request) -> Response:
        return _assets(request, _own(request))


class ContributionList(APIView):
    """Each asset's part in what was earned."""

    @extend_schema(parameters=[SpanSerializer], responses=EarnedByAssetsSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        return _assets(request, _one(request, portfolio_id))


class BenchmarkTogether(APIView):
    """What the cash flows of all of one's own portfolios would have become in something else."""

    @extend_schema(
        operation_id="portfolios_together_benchmark",
        parameters=[BenchmarkAskedSerializer],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        return _compared(request, _own(request))


class Benchmark(APIView):
    """What the same cash flows would have become in something else."""

    @extend_schema(parameters=[BenchmarkAskedSerializer], responses=ComparisonSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        return _compared(request, _one(request, portfolio_id))


def _one(request: Request, portfolio_id: int) -> Whole:
    return Whole.of(portfolio_of(request, portfolio_id))


def _own(request: Request) -> Whole:
    """What is shared with the person is not theirs, and not in it."""
    user = person(request)
    return Whole.together(own_portfolios_for(user), user.preferences.base_currency)


def _performance(request: Request, whole: Whole) -> Response:
    given = _given(SpanSerializer, request)
    return Response(EarnedSerializer(returns(whole, given.get("start"), _end(given))).data)


def _periods(request: Request, whole: Whole) -> Response:
    given = _given(PeriodsAskedSerializer, request)
    line = timeline(whole, given.get("start"), _end(given))
    rows = [] if line is None else periods(line, given["by"])
    answer = {"currency": whole.base, "by": given["by"], "results": rows}
    return Response(PeriodsSerializer(answer).data)


def _assets(request: Request, whole: Whole) -> Response:
    given = _given(SpanSerializer, request)
    found = _contributions(timeline(whole, given.get("start"), _end(given)))
    answer = {name: getattr(found, name) for name in ("rows", "profit", "rest", "twr", "reason")}
    return Response(EarnedByAssetsSerializer({"currency": whole.base, **answer}).data)


def _compared(request: Request, whole: Whole) -> Response:
    given = _given(BenchmarkAskedSerializer, request)
    own = person(request).preferences.benchmark or whole.benchmark
    line = timeline(whole, given.get("start"), _end(given))
    if line is None:
        raise ValidationError({"start": ["Nothing is held in this range yet."]})
    try:
        found = benchmark_comparison(line, given.get("benchmark") or mix_of(own))
    except ValueError as error:
        raise ValidationError({"benchmark": [str(error)]}) from None
    return Response(ComparisonSerializer(_answer(line, found)).data)


def _contributions(line: Timeline | None) -> Contributions:
    if line is None:
        return Contributions([], None, None, None, "Nothing was held in this range.")
    return asset_contributions(line, takings(line.whole, line.start, line.end))


def _answer(line: Timeline, found: Comparison) -> dict[str, Any]:
    names = ("mix", "end_value", "profit", "difference", "twr", "annualised", "money_weighted")
    points = [
        {"day": day, "value": None if value is None else round(value, 8), "twr": grown}
        for (day, value), (_, grown) in zip(found.values, found.index, strict=True)
    ]
    return {
        "currency": line.whole.base,
        "start": line.start,
        "end": line.end,
        "reason": found.reason,
        "results": points,
        **{name: getattr(found, name) for name in names},
    }


def _given(kind: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    given = kind(data=request.query_params)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _end(given: dict[str, Any]) -> date:
    """Not after today: what is not over yet ends now."""
    end: date = given.get("end", today())
    return min(end, today())
