"""`/api/risk/portfolios/{id}/backtest`: how the methods did."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from risk.api.views import owned_portfolio
from risk.measures import Method
from risk.selectors.backtests import MODES, backtest

Base = serializers.Serializer[Any]


class BacktestQuestionSerializer(Base):
    """The parameters of a question; `risk.selectors.backtests` checks their ranges."""

    mode = serializers.ChoiceField(
        choices=MODES,
        default="walk_forward",
        help_text="live: the forecasts stored every night; walk_forward: today's weights over the "
        "past.",
    )
    confidence = serializers.FloatField(
        default=0.95, help_text="0.8 to 0.995; live forecasts are stored at 0.95 and 0.99."
    )
    days = serializers.IntegerField(required=False, help_text="The newest so many; default all.")
    window = serializers.IntegerField(
        default=365, help_text="Days that a walk-forward forecast is made from, 30 to 3650."
    )
    method = serializers.ChoiceField(
        choices=[method.value for method in Method],
        required=False,
        help_text="Whose days are in `series`; default the recommended one.",
    )
    as_of = serializers.DateField(
        required=False, help_text="As this UTC day ended, with the weights of then; default now."
    )


class LikelihoodRatioSerializer(Base):
    lr = serializers.FloatField(help_text="Likelihood ratio.")
    p = serializers.FloatField(help_text="Of a ratio as large from a right model.")


class GradeSerializer(Base):
    observations = serializers.IntegerField(help_text="Days with a forecast and a return.")
    exceptions = serializers.IntegerField(help_text="Days with a loss greater than the forecast.")
    expected = serializers.FloatField(help_text="Exceptions promised.")
    kupiec = LikelihoodRatioSerializer(allow_null=True)
    independence = LikelihoodRatioSerializer(allow_null=True, help_text="Christoffersen.")
    joint = LikelihoodRatioSerializer(allow_null=True, help_text="Conditional coverage.")
    light = serializers.CharField(allow_null=True, help_text="green, yellow or red.")
    light_days = serializers.IntegerField()
    light_exceptions = serializers.IntegerField()
    quantile_loss = serializers.FloatField(allow_null=True, help_text="The lower the better.")
    passes = serializers.BooleanField(help_text="Green light, and both tests at 5 %.")


class GradesSerializer(Base):
    historical = GradeSerializer()
    parametric = GradeSerializer()
    cornish_fisher = GradeSerializer()
    ewma = GradeSerializer()
    filtered_historical = GradeSerializer()
    student_t = GradeSerializer()


class RecommendedSerializer(Base):
    method = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class BacktestDaySerializer(Base):
    day = serializers.DateField()
    var = serializers.FloatField(allow_null=True, help_text="Forecast loss, a positive fraction.")
    exception = serializers.BooleanField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`return` is a word of Python's."""
        return {**super().get_fields(), "return": serializers.FloatField()}


class BacktestSerializer(Base):
    portfolio = serializers.IntegerField()
    mode = serializers.CharField()
    as_of = serializers.DateTimeField()
    confidence = serializers.FloatField()
    window_days = serializers.IntegerField()
    days = serializers.IntegerField()
    methods = GradesSerializer()
    recommended = RecommendedSerializer()
    method = serializers.CharField(help_text="Whose days are in `series`.")
    series = BacktestDaySerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class PortfolioBacktest(APIView):
    @extend_schema(parameters=[BacktestQuestionSerializer], responses=BacktestSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """The grade of every method against what happened, and which one to trust."""
        portfolio = owned_portfolio(request, portfolio_id)
        asked = BacktestQuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(backtest(portfolio, **asked.validated_data))
