"""Views of `/api/risk/`: another person's portfolio is not found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from markets.models import Asset
from portfolios.models import Portfolio
from portfolios.selectors import portfolio_to_see
from risk.api.kept import kept
from risk.api.serializers import (
    AnswerSerializer,
    AssetAnswerSerializer,
    ContributionsSerializer,
    QuestionSerializer,
    SnapshotSerializer,
)
from risk.models import RiskSnapshot
from risk.parameters import parameters
from risk.selectors import (
    answer_of,
    asset_risk,
    contributions,
    look_of,
    risk_answer,
    snapshot_history,
)


def question_of(request: Request) -> dict[str, Any]:
    """What the query asks for, for `risk.selectors`; field errors if it is no question."""
    given = QuestionSerializer(data=request.query_params)
    given.is_valid(raise_exception=True)
    asked: dict[str, Any] = given.validated_data
    return asked


def owned_portfolio(request: Request, portfolio_id: int) -> Portfolio:
    """404 for another person's."""
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
    return portfolio_to_see(request.user, portfolio_id)


class PortfolioRisk(APIView):
    @extend_schema(parameters=[QuestionSerializer], responses=AnswerSerializer)
    def get(self, request: Request, portfolio_id: int) -> HttpResponse:
        """How much a portfolio can lose and why; what is undefined is null, with a warning."""
        portfolio = owned_portfolio(request, portfolio_id)
        question = question_of(request)
        return kept(portfolio, parameters(**question), lambda: risk_answer(portfolio, **question))


class PortfolioContributions(APIView):
    @extend_schema(parameters=[QuestionSerializer], responses=ContributionsSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Which asset carries how much of the risk; the components sum to the whole.

        They are scaled to the horizon by the square root of time, whatever the scaling.
        """
        portfolio = owned_portfolio(request, portfolio_id)
        seen = look_of(portfolio, parameters(**question_of(request)))
        return Response(contributions(answer_of(seen, portfolio), seen))


class PortfolioHistory(ListAPIView[RiskSnapshot]):
    """The figures of a portfolio day by day, newest first."""

    serializer_class = SnapshotSerializer
    queryset = RiskSnapshot.objects.none()
    cursor_ordering = ("-as_of", "-id")

    def get_queryset(self) -> QuerySet[RiskSnapshot]:
        return snapshot_history(owned_portfolio(self.request, self.kwargs["portfolio_id"]))


class AssetRisk(APIView):
    @extend_schema(parameters=[QuestionSerializer], responses=AssetAnswerSerializer)
    def get(self, request: Request, symbol: str) -> Response:
        """How much one unit of an asset can lose, in USD at the current venue."""
        try:
            return Response(asset_risk(symbol.upper(), **question_of(request)))
        except Asset.DoesNotExist as error:
            raise NotFound(f"There is no asset {symbol}.") from error
