"""Shapes of limits, of their breaches, of what restores them, and of what-if."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from risk.api.serializers import AnswerSerializer, QuestionSerializer
from risk.limits import CHOICES
from risk.models import Breach, Limit

Base = serializers.Serializer[Any]
#: What a bigint can hold.
LARGEST_ID = 2**63 - 1


class LimitSerializer(serializers.ModelSerializer[Limit]):
    """A limit, its last reading and how far that is from the line."""

    portfolio = serializers.IntegerField(source="portfolio_id", allow_null=True)
    symbol = serializers.CharField(source="asset.symbol", default=None, allow_null=True)
    title = serializers.CharField(source="line.title")
    unit = serializers.CharField(source="line.unit", help_text="percent (a fraction) or days.")
    direction = serializers.CharField(source="line.direction", help_text="The breached side.")
    state = serializers.SerializerMethodField(help_text="ok, near (90 % of the way), over, missing")
    fraction_used = serializers.SerializerMethodField()
    distance = serializers.SerializerMethodField(help_text="Below zero: over the line.")

    class Meta:
        model = Limit
        fields = [
            "id",
            "name",
            "title",
            "portfolio",
            "measure",
            "symbol",
            "threshold",
            "unit",
            "direction",
            "confidence",
            "horizon",
            "enabled",
            "value",
            "missing",
            "state",
            "fraction_used",
            "distance",
            "measured_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_state(self, limit: Limit) -> str:
        return limit.line.state(limit.value)

    def get_fraction_used(self, limit: Limit) -> float | None:
        return limit.line.fraction_used(limit.value)

    def get_distance(self, limit: Limit) -> float | None:
        return limit.line.distance(limit.value)


class LimitInputSerializer(Base):
    """What creates or changes a limit; its ranges are judged by the service."""

    measure = serializers.ChoiceField(choices=CHOICES)
    threshold = serializers.FloatField(
        help_text="A fraction (0.08 is 8 %), or days for days_to_liquidate."
    )
    portfolio = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="The id of your portfolio; null: all of them together.",
    )
    symbol = serializers.CharField(
        max_length=20,
        required=False,
        allow_null=True,
        help_text="Of a share of value or of risk: that of this asset alone.",
    )
    confidence = serializers.FloatField(required=False, help_text="Of VaR and CVaR.")
    horizon = serializers.IntegerField(required=False, help_text="Days, of VaR and CVaR.")
    name = serializers.CharField(max_length=120, allow_blank=True, required=False)
    enabled = serializers.BooleanField(required=False)


class BreachSerializer(serializers.ModelSerializer[Breach]):
    """A stretch of time over the line; `closed_at` null: it is over it now."""

    limit = serializers.IntegerField(source="limit_id")
    name = serializers.CharField(source="limit.__str__")
    snapshot = serializers.IntegerField(source="snapshot_id", allow_null=True)

    class Meta:
        model = Breach
        fields = [
            "id",
            "limit",
            "name",
            "threshold",
            "opened_at",
            "closed_at",
            "value_at_open",
            "worst_value",
            "worst_at",
            "snapshot",
            "evidence",
        ]
        read_only_fields = fields


class CostSerializer(Base):
    """What trading costs."""

    fee_rate = serializers.DecimalField(
        max_digits=10,
        decimal_places=8,
        min_value=Decimal(0),
        max_value=Decimal("0.1"),
        default=Decimal("0.001"),
        help_text="A fraction of each trade: 0.001 is 0.1 %.",
    )


class RestoreQuestionSerializer(CostSerializer):
    least_order = serializers.DecimalField(
        max_digits=20,
        decimal_places=8,
        min_value=Decimal(0),
        default=Decimal(10),
        help_text="The smallest order, in the base currency.",
    )


class RestoringTradeSerializer(Base):
    """A sale into the base currency; the gain is that of the oldest lots, fee off."""

    portfolio = serializers.IntegerField()
    portfolio_name = serializers.CharField()
    symbol = serializers.CharField()
    quantity = serializers.CharField()
    price = serializers.CharField()
    value = serializers.CharField()
    fee = serializers.CharField()
    realised_gain = serializers.CharField(allow_null=True)
    cost_assumed = serializers.BooleanField()


class OtherWaySerializer(Base):
    way = serializers.CharField()
    trades = serializers.IntegerField()
    sold = serializers.CharField()
    fee = serializers.CharField()


class RestoreSerializer(Base):
    """Nothing is traded: this is what would bring the limit back, and what it would cost."""

    limit = serializers.IntegerField()
    currency = serializers.CharField()
    fee_rate = serializers.FloatField()
    least_order = serializers.CharField()
    threshold = serializers.FloatField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    way = serializers.CharField(required=False)
    trades = RestoringTradeSerializer(many=True)
    sold = serializers.CharField(required=False)
    fee = serializers.CharField(required=False)
    realised_gain = serializers.CharField(required=False, allow_null=True)
    others = OtherWaySerializer(many=True)
    reason = serializers.CharField(help_text="Why there are no trades; else empty.")


class TradeSerializer(Base):
    """Signed units (a sale is negative), or the share of the value to end up with."""

    symbol = serializers.CharField(max_length=20)
    quantity = serializers.DecimalField(
        max_digits=38, decimal_places=18, required=False, allow_null=True
    )
    weight = serializers.DecimalField(
        max_digits=20, decimal_places=18, required=False, allow_null=True, help_text="0 to 1."
    )


class WhatIfInputSerializer(QuestionSerializer, CostSerializer):
    """Trades, what they cost, and the question that is asked on both sides."""

    as_of = None  # type: ignore[assignment]  # trades are of now
    trades = serializers.ListField(child=TradeSerializer(), allow_empty=False, max_length=200)


class ChangeSerializer(Base):
    measure = serializers.CharField(help_text="Path in the answer; a loss by its fraction.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class LimitChangeSerializer(Base):
    id = serializers.IntegerField()
    name = serializers.CharField()
    measure = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    limit = serializers.FloatField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    state_before = serializers.CharField()
    state_after = serializers.CharField()
    fraction_before = serializers.FloatField(allow_null=True)
    fraction_after = serializers.FloatField(allow_null=True)


class FillSerializer(Base):
    symbol = serializers.CharField()
    quantity = serializers.CharField()
    price = serializers.CharField()
    value = serializers.CharField()
    fee = serializers.CharField()
    implied = serializers.BooleanField(help_text="Nobody asked for it; it makes room.")


class CashSerializer(Base):
    currency = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    from_outside = serializers.CharField(help_text="Below zero: taken out.")
    fees = serializers.CharField()


class WhatIfSerializer(Base):
    """Both answers whole, what differs, and the limits on both sides."""

    before = AnswerSerializer()
    after = AnswerSerializer()
    changed = ChangeSerializer(many=True)
    limits = LimitChangeSerializer(many=True)
    trades = FillSerializer(many=True)
    cash = CashSerializer()
