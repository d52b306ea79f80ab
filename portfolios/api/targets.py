"""`/api/portfolios/{id}/targets` and `/rebalance`: what it should be made of, how to get there."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import services
from portfolios.api.doors import editable_portfolio_of, portfolio_of
from portfolios.api.serializers import AmountField
from portfolios.selectors.targets import Allocation, Proposal, allocation, proposal

NOTHING_TRADED = "Nothing is traded: this is a list of what you could do."


class WeightField(serializers.DecimalField):
    """A fraction as a decimal string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(38, 18, **{"normalize_output": True, **kwargs})


class PlacedSerializer(serializers.Serializer[Any]):
    """An asset: `drift` = weight - target; null where there is no price (or no target)."""

    symbol = serializers.CharField()
    name = serializers.CharField()
    quantity = AmountField()
    price = AmountField(allow_null=True)
    value = AmountField(allow_null=True)
    weight = serializers.FloatField(allow_null=True)
    target = WeightField(allow_null=True)
    drift = serializers.FloatField(allow_null=True)
    drifts = serializers.BooleanField()


class RestSerializer(serializers.Serializer[Any]):
    """All that has no target, together."""

    value = AmountField()
    weight = serializers.FloatField()
    target = WeightField()
    drift = serializers.FloatField()
    drifts = serializers.BooleanField()


class AllocationSerializer(serializers.Serializer[Any]):
    """`drift`: the part of the value that is in the wrong place. `missing` has no price."""

    currency = serializers.CharField(source="portfolio.base_currency")
    total = AmountField()
    tolerance = serializers.FloatField()
    minimum_order = AmountField(source="portfolio.minimum_order")
    trade_fee = serializers.FloatField(source="portfolio.trade_fee")
    drift = serializers.FloatField()
    drifts = serializers.BooleanField()
    targets = PlacedSerializer(many=True)
    without_target = PlacedSerializer(many=True, source="others")
    unassigned = RestSerializer(source="rest")
    missing = serializers.ListField(child=serializers.CharField())


class WishSerializer(serializers.Serializer[Any]):
    """One target; the service says what is wrong with it."""

    symbol = serializers.CharField(max_length=20)
    weight = serializers.CharField(max_length=40)


class TargetsInputSerializer(serializers.Serializer[Any]):
    """All targets anew; the terms that are left out stay."""

    targets = WishSerializer(many=True, required=False)
    tolerance = serializers.CharField(max_length=40, required=False)
    minimum_order = serializers.CharField(max_length=40, required=False)
    trade_fee = serializers.CharField(max_length=40, required=False)


class RebalanceQuestionSerializer(serializers.Serializer[Any]):
    """`trade`: sell and buy. `buy`: only spend the new money."""

    mode = serializers.ChoiceField(["trade", "buy"], default="trade")
    new_money = AmountField(default=0, min_value=0)


class TradeSerializer(serializers.Serializer[Any]):
    """`basis` and `realised_gain` of a sale, by the portfolio's own method; null for a purchase."""

    symbol = serializers.CharField(source="trade.symbol")
    side = serializers.SerializerMethodField()
    quantity = AmountField(source="trade.quantity")
    price = AmountField(source="trade.price")
    value = serializers.SerializerMethodField()
    fee = AmountField(source="trade.fee")
    basis = AmountField(source="realised.basis", default=None, allow_null=True)
    realised_gain = AmountField(source="realised.gain", default=None, allow_null=True)
    basis_assumed = serializers.BooleanField(source="realised.assumed", default=False)

    def get_side(self, row: Any) -> str:
        """`buy` or `sell`."""
        return "buy" if row.trade.is_buy else "sell"

    def get_value(self, row: Any) -> str:
        """Quantity times price, to 18 decimals."""
        return _text(row.trade.value)


class AfterSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    target = WeightField()
    before = serializers.FloatField()
    after = serializers.FloatField()


class ProposalSerializer(serializers.Serializer[Any]):
    """`restores`: everything is inside its band afterwards; else `outside` names what is not
    ("" is what has no target).
    """

    currency = serializers.CharField()
    mode = serializers.CharField()
    new_money = AmountField()
    restores = serializers.BooleanField()
    outside = serializers.ListField(child=serializers.CharField(allow_blank=True))
    trades = TradeSerializer(many=True)
    fees = AmountField()
    realised_gain = AmountField()
    total_before = AmountField()
    total_after = serializers.CharField()
    after = AfterSerializer(many=True)
    unassigned_after = serializers.FloatField()
    note = serializers.CharField()


class Targets(APIView):
    """What a portfolio should be made of."""

    @extend_schema(responses=AllocationSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Weights against targets, at the newest prices."""
        return Response(AllocationSerializer(allocation(portfolio_of(request, portfolio_id))).data)

    @extend_schema(request=TargetsInputSerializer, responses=AllocationSerializer)
    def put(self, request: Request, portfolio_id: int) -> Response:
        """Replace the targets, or change tolerance, minimum order or fee (fractions)."""
        portfolio = editable_portfolio_of(request, portfolio_id)
        given = TargetsInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        content = dict(given.validated_data)
        if "targets" in content:
            content["targets"] = [(one["symbol"], one["weight"]) for one in content["targets"]]
        changed = services.set_targets(portfolio=portfolio, **content)
        return Response(AllocationSerializer(allocation(changed)).data)


class Rebalance(APIView):
    """The fewest trades that restore the targets. Nothing is traded."""

    @extend_schema(parameters=[RebalanceQuestionSerializer], responses=ProposalSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """With fees, what the sales would realise, and the weights afterwards."""
        portfolio = portfolio_of(request, portfolio_id)
        given = RebalanceQuestionSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        seen = allocation(portfolio)
        refuse_what_cannot_be_reckoned(seen)
        found = proposal(seen, new_money=asked["new_money"], may_sell=asked["mode"] == "trade")
        return Response(ProposalSerializer(_told(found)).data)


def refuse_what_cannot_be_reckoned(seen: Allocation) -> None:
    """ValidationError where there is no target, or a price is missing."""
    if not seen.targets:
        raise ValidationError({"targets": ["Set targets first."]})
    if seen.missing:
        names = ", ".join(seen.missing)
        raise ValidationError({"targets": [f"There is no price for {names}: weights are unknown."]})


def _told(found: Proposal) -> dict[str, Any]:
    seen = found.allocation
    return {
        "currency": seen.portfolio.base_currency,
        "mode": found.mode,
        "new_money": found.terms.new_money,
        "restores": found.plan.restores,
        "outside": found.outside,
        "trades": found.trades,
        "fees": found.plan.fees,
        "realised_gain": found.gain,
        "total_before": seen.total,
        "total_after": _text(found.plan.total),
        "after": [
            {
                "symbol": one.symbol,
                "target": one.target,
                "before": one.weight,
                "after": found.after.get(one.symbol),
            }
            for one in seen.targets
        ],
        "unassigned_after": found.rest_after,
        "note": NOTHING_TRADED,
    }


def _text(value: Any) -> str:
    text = format(round(value, 18), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
