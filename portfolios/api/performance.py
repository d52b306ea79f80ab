"""`/api/portfolios/{id}/performance` and what it is made of: periods, assets, a benchmark."""

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
from portfolios.selectors.benchmarks import Comparison, benchmark_comparison
from portfolios.selectors.contributions import Contributions, asset_contributions
from portfolios.selectors.earnings import Timeline, periods, returns, timeline
from portfolios.selectors.takings import takings


class Performance(APIView):
    """What was earned between two days."""

    @extend_schema(parameters=[SpanSerializer], responses=EarnedSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        portfolio = portfolio_of(request, portfolio_id)
        given = _given(SpanSerializer, request)
        found = returns(portfolio, given.get("start"), _end(given))
        return Response(EarnedSerializer(found).data)


class Returns(APIView):
    """The same by day, week, month or year."""

    @extend_schema(parameters=[PeriodsAskedSerializer], responses=PeriodsSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        portfolio = portfolio_of(request, portfolio_id)
        given = _given(PeriodsAskedSerializer, request)
        line = timeline(portfolio, given.get("start"), _end(given))
        rows = [] if line is None else periods(line, given["by"])
        answer = {"currency": portfolio.base_currency, "by": given["by"], "results": rows}
        return Response(PeriodsSerializer(answer).data)


class ContributionList(APIView):
    """Each asset's part in what was earned."""

    @extend_schema(parameters=[SpanSerializer], responses=EarnedByAssetsSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        portfolio = portfolio_of(request, portfolio_id)
        given = _given(SpanSerializer, request)
        line = timeline(portfolio, given.get("start"), _end(given))
        found = _contributions(line)
        answer = {
            name: getattr(found, name) for name in ("rows", "profit", "rest", "twr", "reason")
        }
        return Response(
            EarnedByAssetsSerializer({"currency": portfolio.base_currency, **answer}).data
        )


def _contributions(line: Timeline | None) -> Contributions:
    if line is None:
        return Contributions([], None, None, None, "Nothing was held in this range.")
    return asset_contributions(line, takings(line.portfolio, line.start, line.end))


class Benchmark(APIView):
    """What the same cash flows would have become in something else."""

    @extend_schema(parameters=[BenchmarkAskedSerializer], responses=ComparisonSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        portfolio = portfolio_of(request, portfolio_id)
        given = _given(BenchmarkAskedSerializer, request)
        own = person(request).preferences.benchmark or portfolio.benchmark
        line = timeline(portfolio, given.get("start"), _end(given))
        if line is None:
            raise ValidationError({"start": ["The portfolio holds nothing in this range yet."]})
        try:
            found = benchmark_comparison(line, given.get("benchmark") or mix_of(own))
        except ValueError as error:
            raise ValidationError({"benchmark": [str(error)]}) from None
        return Response(ComparisonSerializer(_answer(line, found)).data)


def _answer(line: Timeline, found: Comparison) -> dict[str, Any]:
    names = ("mix", "end_value", "profit", "difference", "twr", "annualised", "money_weighted")
    points = [
        {"day": day, "value": None if value is None else round(value, 8), "twr": grown}
        for (day, value), (_, grown) in zip(found.values, found.index, strict=True)
    ]
    return {
        "currency": line.portfolio.base_currency,
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
