"""`/api/portfolios/{id}/transactions`."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.doors import (
    editable_portfolio_of,
    editable_transaction_of,
    person,
    portfolio_of,
    transaction_of,
)
from portfolios.api.filters import TransactionFilter
from portfolios.api.serializers import TransactionEditSerializer, TransactionSerializer
from portfolios.models import Transaction


class TransactionList(ListAPIView[Transaction]):
    """Transactions, the newest first."""

    serializer_class = TransactionSerializer
    filterset_class = TransactionFilter
    cursor_ordering = ("-executed_at", "-id")
    queryset = Transaction.objects.none()

    def get_queryset(self) -> QuerySet[Transaction]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return selectors.transactions_for(person(self.request)).filter(portfolio=portfolio)

    @extend_schema(request=TransactionSerializer, responses={201: TransactionSerializer})
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Add one. A known `external_id` with the same content answers with the one there is."""
        portfolio = editable_portfolio_of(request, portfolio_id)
        given = TransactionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = services.add_transaction(
            portfolio=portfolio, user=person(request), **given.validated_data
        )
        return Response(TransactionSerializer(row).data, status=status.HTTP_201_CREATED)


class TransactionDetail(APIView):
    """One transaction."""

    @extend_schema(responses=TransactionSerializer)
    def get(self, request: Request, portfolio_id: int, transaction_id: int) -> Response:
        row = transaction_of(request, portfolio_id, transaction_id)
        return Response(TransactionSerializer(row).data)

    @extend_schema(request=TransactionEditSerializer(partial=True), responses=TransactionSerializer)
    def patch(self, request: Request, portfolio_id: int, transaction_id: int) -> Response:
        """Change it; refused where a later transaction would then take more than is held."""
        row = editable_transaction_of(request, portfolio_id, transaction_id)
        given = TransactionEditSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = services.edit_transaction(
            transaction=row, user=person(request), **given.validated_data
        )
        return Response(TransactionSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, portfolio_id: int, transaction_id: int) -> Response:
        """Remove it; refused where a later transaction would then take more than is held."""
        row = editable_transaction_of(request, portfolio_id, transaction_id)
        services.delete_transaction(transaction=row, user=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
