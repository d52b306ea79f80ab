"""`/api/portfolios/{id}/basis`, `/recalculations` and `/transactions/{id}/lots`."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import services
from portfolios.api.basis_serializers import (
    BasisSerializer,
    LotChoicesSerializer,
    LotOptionsSerializer,
    RecalculationSerializer,
)
from portfolios.api.doors import (
    editable_transaction_of,
    own_portfolio_of,
    person,
    portfolio_of,
    transaction_of,
)
from portfolios.models import Recalculation, Transaction
from portfolios.selectors.lot_choices import lot_options, method_of
from portfolios.selectors.records import recalculations_for


class Basis(APIView):
    """How cost basis is reckoned."""

    @extend_schema(responses=BasisSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        found = services.settings_of(portfolio_of(request, portfolio_id))
        return Response(BasisSerializer(found).data)

    @extend_schema(request=BasisSerializer, responses={202: RecalculationSerializer})
    def put(self, request: Request, portfolio_id: int) -> Response:
        """Reckon with other settings, in the background; what is left out stays as it is.
        `elections` replace all there are. The answer is the recalculation, which can be watched.
        """
        portfolio = own_portfolio_of(request, portfolio_id)
        given = BasisSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        job = services.request_recalculation(
            portfolio=portfolio, user=person(request), **given.validated_data
        )
        return Response(RecalculationSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class Recalculations(ListAPIView[Recalculation]):
    """What was and is being reckoned anew, the newest first."""

    serializer_class = RecalculationSerializer
    cursor_ordering = "-id"
    queryset = Recalculation.objects.none()

    def get_queryset(self) -> QuerySet[Recalculation]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return recalculations_for(person(self.request)).filter(portfolio=portfolio)


class TransactionLots(APIView):
    """Which lots a transaction takes units of, where the owner says so."""

    @extend_schema(responses=LotOptionsSerializer)
    def get(self, request: Request, portfolio_id: int, transaction_id: int) -> Response:
        return Response(_options(transaction_of(request, portfolio_id, transaction_id)))

    @extend_schema(request=LotChoicesSerializer, responses=LotOptionsSerializer)
    def put(self, request: Request, portfolio_id: int, transaction_id: int) -> Response:
        """Choose lots (specific identification); an empty list takes the oldest first."""
        row = editable_transaction_of(request, portfolio_id, transaction_id)
        given = LotChoicesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = [(c["acquisition"], c["quantity"]) for c in given.validated_data["choices"]]
        services.choose_lots(transaction=row, choices=chosen, user=person(request))
        return Response(_options(row))


def _options(row: Transaction) -> dict[str, object]:
    found = {"method": method_of(row), "lots": lot_options(row)}
    return dict(LotOptionsSerializer(found).data)
