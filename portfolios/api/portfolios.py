"""`/api/portfolios/` and what follows from a ledger: holdings, lots, history, performance."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.doors import own_portfolio_of, person, portfolio_of
from portfolios.api.filters import LotFilter
from portfolios.api.serializers import (
    BookSerializer,
    HistorySerializer,
    LotSerializer,
    PortfolioSerializer,
    SpanSerializer,
)
from portfolios.marks import today
from portfolios.models import Lot, Portfolio


class PortfolioList(ListAPIView[Portfolio]):
    """Your portfolios."""

    serializer_class = PortfolioSerializer
    cursor_ordering = "id"
    queryset = Portfolio.objects.none()

    def get_queryset(self) -> QuerySet[Portfolio]:
        return selectors.portfolios_for(person(self.request))

    @extend_schema(request=PortfolioSerializer, responses={201: PortfolioSerializer})
    def post(self, request: Request) -> Response:
        """Make a portfolio."""
        given = PortfolioSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.create_portfolio(owner=person(request), **given.validated_data)
        return Response(PortfolioSerializer(made).data, status=status.HTTP_201_CREATED)


class PortfolioDetail(APIView):
    """One of your portfolios."""

    @extend_schema(responses=PortfolioSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        return Response(PortfolioSerializer(portfolio_of(request, portfolio_id)).data)

    @extend_schema(request=PortfolioSerializer(partial=True), responses=PortfolioSerializer)
    def patch(self, request: Request, portfolio_id: int) -> Response:
        """Change it. Another base currency, venue or cash tracking replays the ledger."""
        portfolio = own_portfolio_of(request, portfolio_id)
        given = PortfolioSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = services.update_portfolio(portfolio=portfolio, **given.validated_data)
        return Response(PortfolioSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, portfolio_id: int) -> Response:
        """Remove it with its whole ledger."""
        services.delete_portfolio(portfolio=own_portfolio_of(request, portfolio_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Holdings(APIView):
    """What is held now."""

    @extend_schema(responses=BookSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        book = selectors.book(portfolio_of(request, portfolio_id))
        return Response(BookSerializer(book).data)


class Lots(ListAPIView[Lot]):
    """Lots, oldest first."""

    serializer_class = LotSerializer
    filterset_class = LotFilter
    cursor_ordering = ("acquired_at", "id")
    queryset = Lot.objects.none()

    def get_queryset(self) -> QuerySet[Lot]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return selectors.lots_for(person(self.request)).filter(portfolio=portfolio)


class History(APIView):
    """Daily values between two days."""

    @extend_schema(parameters=[SpanSerializer], responses=HistorySerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        portfolio = portfolio_of(request, portfolio_id)
        start, end = _span(request)
        points = selectors.history([portfolio], portfolio.base_currency, start, end)
        page = {"next": None, "previous": None, "results": points}
        return Response(HistorySerializer(page).data)


def _span(request: Request) -> tuple[date | None, date]:
    given = SpanSerializer(data=request.query_params)
    given.is_valid(raise_exception=True)
    return given.validated_data.get("start"), given.validated_data.get("end", today())
