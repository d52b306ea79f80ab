"""`/api/risk/portfolios/{id}/scenarios`: what today's holdings would lose."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from markets.models import AssetKind
from risk.api.serializers import LossSerializer
from risk.api.views import owned_portfolio
from risk.scenarios import Price
from risk.selectors.scenarios import scenario_answer
from risk.selectors.stresses import Stresses, checked_shocks

Base = serializers.Serializer[Any]
_DEFAULT = Stresses()


class StressesSerializer(Base):
    """The parameters of a question; `risk.selectors.stresses` checks their ranges."""

    days = serializers.IntegerField(
        default=_DEFAULT.days, help_text="Length of the worst stretch, 1 to 365."
    )
    fall = serializers.FloatField(default=_DEFAULT.fall, help_text="Of BTC, and of ETH.")
    depeg = serializers.FloatField(
        default=_DEFAULT.depeg, help_text="Price of a stablecoin, as a share of its peg."
    )
    staked_discount = serializers.FloatField(
        default=_DEFAULT.staked_discount, help_text="Of a staked token against its coin."
    )
    target_loss = serializers.FloatField(
        default=_DEFAULT.target_loss, help_text="Of the reverse stress, a fraction of the value."
    )
    price = serializers.ChoiceField(
        choices=[price.value for price in Price],
        default=_DEFAULT.price.value,
        help_text="Which price of a crisis counts; only closes are of one moment.",
    )
    as_of = serializers.DateField(
        required=False, help_text="Of what was held as this UTC day ended; default now."
    )


class ShockSerializer(Base):
    symbol = serializers.CharField(required=False, allow_blank=True, max_length=20)
    kind = serializers.ChoiceField(
        choices=AssetKind.values, required=False, allow_blank=True, help_text="All of a kind."
    )
    change = serializers.FloatField(help_text="-0.4 is a fall by 40 %; -1 to 10.")


class ShocksSerializer(Base):
    shocks = ShockSerializer(many=True, allow_empty=False)


class ScenarioAssetSerializer(Base):
    symbol = serializers.CharField()
    kind = serializers.CharField()
    value = serializers.CharField()
    change = serializers.FloatField(help_text="Of its price; -0.4 is a fall by 40 %.")
    loss = LossSerializer(help_text="Fraction of the portfolio's value; negative is a gain.")
    proxied = serializers.CharField(allow_null=True, help_text="What stands for it, if anything.")


class ScenarioSerializer(Base):
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(
        help_text="replay, factor, broken_correlation, worst, freeze, reverse or custom."
    )
    description = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    location = serializers.CharField(allow_null=True, help_text="Of a freeze.")
    needed = serializers.FloatField(
        allow_null=True, help_text="Of a reverse stress; null: nothing of the kind is enough."
    )
    needed_unit = serializers.CharField(allow_null=True)
    loss = LossSerializer()
    value_after = serializers.CharField()
    assets = ScenarioAssetSerializer(many=True)
    proxied = serializers.ListField(child=serializers.CharField())
    proxied_share = serializers.FloatField(help_text="Share of the value.")


class ScenariosSerializer(Base):
    portfolio = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    base_currency = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    parameters = StressesSerializer()
    scenarios = ScenarioSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class PortfolioScenarios(APIView):
    @extend_schema(parameters=[StressesSerializer], responses=ScenariosSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Crises replayed, factors, broken pegs, frozen places, worst stretch, reverse stress."""
        portfolio = owned_portfolio(request, portfolio_id)
        asked = StressesSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(scenario_answer(portfolio, **asked.validated_data))

    @extend_schema(request=ShocksSerializer, responses=ScenariosSerializer)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Own shocks: of assets, or of all assets of a kind. Nothing is stored."""
        portfolio = owned_portfolio(request, portfolio_id)
        given = ShocksSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        shocks = checked_shocks(given.validated_data["shocks"])
        return Response(scenario_answer(portfolio, shocks=shocks))
