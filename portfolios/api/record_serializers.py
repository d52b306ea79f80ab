"""Shapes of disposals and of the ledger's history."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portfolios.api.serializers import AmountField
from portfolios.models import ChangeAction, Disposal, MatchRule

#: Days after which a gain is long-term where the law makes a difference.
LONG_TERM = 365


class DisposalSerializer(serializers.Serializer[Any]):
    """Units of one lot that left, in the portfolio's base currency. `proceeds` are after `fee`;
    `gain` = `proceeds` - `basis` where `realised`. `rule`: why this lot. `term` is long where the
    units were held for more than 365 days.
    """

    id = serializers.IntegerField()
    transaction = serializers.IntegerField(source="transaction_id")
    type = serializers.CharField(source="transaction.type")
    symbol = serializers.CharField(source="lot.asset.symbol")
    lot = serializers.IntegerField(source="lot_id")
    opened_by = serializers.IntegerField(source="lot.opened_by_id")
    acquired_at = serializers.DateTimeField(source="lot.acquired_at")
    disposed_at = serializers.DateTimeField()
    holding_days = serializers.SerializerMethodField()
    term = serializers.SerializerMethodField()
    quantity = AmountField()
    proceeds = AmountField()
    fee = AmountField()
    basis = AmountField()
    gain = AmountField()
    realised = serializers.BooleanField()
    rule = serializers.ChoiceField(MatchRule.choices)
    location = serializers.CharField(source="lot.location")
    basis_assumed = serializers.BooleanField(source="lot.basis_assumed")
    basis_missing = serializers.BooleanField(source="lot.basis_missing")

    def get_holding_days(self, row: Disposal) -> int:
        return max(0, (row.transaction.executed_at - row.lot.acquired_at).days)

    def get_term(self, row: Disposal) -> str:
        return "long" if self.get_holding_days(row) > LONG_TERM else "short"


class TransactionChangeSerializer(serializers.Serializer[Any]):
    """Who changed a transaction. `before` null: it was added; `after` null: it was deleted."""

    id = serializers.IntegerField()
    transaction = serializers.IntegerField(source="transaction_id")
    action = serializers.ChoiceField(ChangeAction.choices)
    user = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    undone_by = serializers.IntegerField(source="undone_by_id", allow_null=True)

    def get_user(self, row: Any) -> str | None:
        """The address of who did it; null: nobody who is still here, or the system."""
        return None if row.user is None else row.user.email
