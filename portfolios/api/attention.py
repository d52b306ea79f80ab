"""`/api/portfolios/{id}/attention`: what looks wrong, and the POST that mends it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.doors import editable_portfolio_of, person, portfolio_of
from portfolios.api.serializers import AmountField
from portfolios.selectors.findings import FIXES, findings


class FixSerializer(serializers.Serializer[Any]):
    """A way to mend: POST its name with the item's kind and key."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF's fields have one too


class FindingSerializer(serializers.Serializer[Any]):
    """One thing that looks wrong; `key` names it within its kind."""

    kind = serializers.ChoiceField(sorted(FIXES))
    key = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    symbol = serializers.CharField(allow_blank=True)
    quantity = AmountField(allow_null=True)
    transaction = serializers.IntegerField(source="transaction_id", allow_null=True)
    fixes = FixSerializer(many=True)


class AttentionSerializer(serializers.Serializer[Any]):
    """At most 50 items of each kind; `counts` says how many there are."""

    count = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    items = FindingSerializer(many=True)


class MendSerializer(serializers.Serializer[Any]):
    """`dismiss` as a fix: it is not shown again."""

    kind = serializers.CharField(max_length=20)
    key = serializers.CharField(max_length=200)
    fix = serializers.CharField(max_length=20)


class MendedSerializer(serializers.Serializer[Any]):
    """`change`: what the ledger's history calls it; POST …/changes/{id}/undo takes it back."""

    message = serializers.CharField()
    change = serializers.IntegerField(allow_null=True)


class Attention(APIView):
    """What needs a look."""

    @extend_schema(responses=AttentionSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Missing and old prices, unmatched sales, negative balances, duplicates, assumed bases."""
        portfolio = portfolio_of(request, portfolio_id)
        found = findings(portfolio, selectors.book(portfolio))
        answer = {"count": found.count, "counts": found.counts, "items": list(found)}
        return Response(AttentionSerializer(answer).data)

    @extend_schema(request=MendSerializer, responses=MendedSerializer)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Mend one item."""
        portfolio = editable_portfolio_of(request, portfolio_id)
        given = MendSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        mended = services.mend(portfolio=portfolio, user=person(request), **given.validated_data)
        return Response(MendedSerializer(mended).data)
