"""`/api/risk/…/correlation` and `/monte-carlo`: what is computed only when it is asked for."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from risk.api.serializers import Base, LossSerializer, names
from risk.api.views import owned_portfolio
from risk.measures import Correlation, Sampling
from risk.selectors import correlation, monte_carlo


class CorrelationQuestionSerializer(Base):
    window = serializers.IntegerField(default=365, help_text="Days of returns, 30 to 3650.")
    as_of = serializers.DateField(required=False)
    method = serializers.ChoiceField(choices=names(Correlation), default=Correlation.SAMPLE.value)
    proxy = serializers.BooleanField(default=True)


class MonteCarloQuestionSerializer(Base):
    window = serializers.IntegerField(default=365, help_text="Days of returns, 30 to 3650.")
    confidence = serializers.FloatField(default=0.95, help_text="0.8 to 0.995.")
    as_of = serializers.DateField(required=False)
    method = serializers.ChoiceField(
        choices=names(Sampling), default=Sampling.BLOCK_BOOTSTRAP.value
    )
    paths = serializers.IntegerField(default=5000, help_text="1000 to 20000.")
    days = serializers.IntegerField(default=30, help_text="1 to 90.")
    seed = serializers.IntegerField(default=0, help_text="0 to 2³² - 1.")
    proxy = serializers.BooleanField(default=True)


class AboutSerializer(Base):
    """What was asked, and what it was read from."""

    portfolio = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField()
    base_currency = serializers.CharField()
    venue = serializers.CharField(allow_null=True)
    simulated = serializers.BooleanField()
    window_days = serializers.IntegerField()
    observations = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())


class CorrelationSerializer(AboutSerializer):
    correlation = serializers.CharField(help_text="The estimator.")
    symbols = serializers.ListField(child=serializers.CharField())
    matrix = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="Row by row in the order of `symbols`; null where an asset does not move.",
    )
    average = serializers.FloatField(allow_null=True)
    shrinkage = serializers.FloatField(
        allow_null=True, help_text="Of Ledoit and Wolf: 0 is the sample, 1 one correlation for all."
    )


class EstimateSerializer(LossSerializer):
    error = LossSerializer(help_text="One standard error of the sampling.")


class MonteCarloSerializer(AboutSerializer):
    confidence = serializers.FloatField()
    sampling = serializers.CharField()
    paths = serializers.IntegerField()
    days = serializers.IntegerField()
    seed = serializers.IntegerField()
    value = serializers.CharField(allow_null=True)
    var = EstimateSerializer(allow_null=True)
    cvar = EstimateSerializer(allow_null=True)
    mean = serializers.FloatField(allow_null=True, help_text="Mean return after all days.")
    chance_of_loss = serializers.FloatField(allow_null=True)
    fan = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="By percentile (5, 25, 50, 75, 95): the return after day 0, 1, 2 …",
    )
    explain = serializers.DictField()


class PortfolioCorrelation(APIView):
    @extend_schema(parameters=[CorrelationQuestionSerializer], responses=CorrelationSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """How closely the assets of a portfolio move together."""
        portfolio = owned_portfolio(request, portfolio_id)
        given = CorrelationQuestionSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        method = asked.pop("method")
        return Response(correlation(portfolio, correlation=method, **asked))


class PortfolioMonteCarlo(APIView):
    @extend_schema(parameters=[MonteCarloQuestionSerializer], responses=MonteCarloSerializer)
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Possible futures of a portfolio, and what they say of its VaR and CVaR."""
        portfolio = owned_portfolio(request, portfolio_id)
        given = MonteCarloQuestionSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        return Response(monte_carlo(portfolio, sampling=asked.pop("method"), **asked))
