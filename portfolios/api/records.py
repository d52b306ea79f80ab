"""`/api/portfolios/{id}/disposals` and `/changes`: where a figure comes from, and who made it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import services
from portfolios.api.doors import editable_portfolio_of, person, portfolio_of
from portfolios.api.filters import ChangeFilter, DisposalFilter
from portfolios.api.record_serializers import DisposalSerializer, TransactionChangeSerializer
from portfolios.models import Disposal, TransactionChange
from portfolios.selectors.records import changes_for, disposals_for


class Disposals(ListAPIView[Disposal]):
    """What left, the newest first: one row for each lot that a transaction took units of."""

    serializer_class = DisposalSerializer
    filterset_class = DisposalFilter
    cursor_ordering = ("-disposed_at", "-id")
    queryset = Disposal.objects.none()

    def get_queryset(self) -> QuerySet[Disposal]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return disposals_for(person(self.request)).filter(transaction__portfolio=portfolio)


class Changes(ListAPIView[TransactionChange]):
    """The ledger's history, the newest change first."""

    serializer_class = TransactionChangeSerializer
    filterset_class = ChangeFilter
    cursor_ordering = "-id"
    queryset = TransactionChange.objects.none()

    def get_queryset(self) -> QuerySet[TransactionChange]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return changes_for(person(self.request)).filter(portfolio=portfolio)


class UndoChange(APIView):
    """Taking a change back."""

    @extend_schema(request=None, responses=TransactionChangeSerializer)
    def post(self, request: Request, portfolio_id: int, change_id: int) -> Response:
        """Put the transaction back to what it was; refused where it was changed again since."""
        portfolio = editable_portfolio_of(request, portfolio_id)
        rows = changes_for(person(request)).filter(portfolio=portfolio)
        change = get_object_or_404(rows, pk=change_id)
        made = services.undo_change(change=change, user=person(request))
        return Response(TransactionChangeSerializer(made).data)
