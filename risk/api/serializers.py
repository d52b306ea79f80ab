"""Shapes of `/api/risk/`: what may be asked, and what an answer holds (for the schema)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from rest_framework import serializers

from risk.measures import Correlation, Method, Scaling
from risk.models import RiskSnapshot

Base = serializers.Serializer[Any]


def names(of: type[StrEnum]) -> list[str]:
    """What a field may be, in the order of the enum."""
    return [member.value for member in of]


class QuestionSerializer(Base):
    """The parameters of a question; `risk.parameters` checks their ranges."""

    window = serializers.IntegerField(default=365, help_text="Days of returns, 30 to 3650.")
    confidence = serializers.FloatField(default=0.95, help_text="0.8 to 0.995.")
    horizon = serializers.IntegerField(default=1, help_text="Days, 1 to 30.")
    as_of = serializers.DateField(
        required=False, help_text="A UTC day: the figures as they stood at its end."
    )
    method = serializers.ChoiceField(
        choices=names(Method),
        default=Method.HISTORICAL.value,
        help_text="Whose VaR and CVaR are `chosen` and said in the sentence.",
    )
    scaling = serializers.ChoiceField(
        choices=names(Scaling),
        default=Scaling.SQUARE_ROOT.value,
        help_text="From one day to the horizon.",
    )
    benchmark = serializers.CharField(
        required=False, max_length=20, help_text="A symbol; the portfolio's own if left out."
    )
    correlation = serializers.ChoiceField(
        choices=names(Correlation),
        default=Correlation.SAMPLE.value,
        help_text="Estimator of the correlation between assets.",
    )
    proxy = serializers.BooleanField(
        default=True, help_text="Whether days without a price may be filled; it is said how."
    )
    seed = serializers.IntegerField(default=0, help_text="Of simulated paths; 0 to 2³² - 1.")


class LossSerializer(Base):
    fraction = serializers.FloatField(help_text="Of the value; positive is a loss.")
    amount = serializers.CharField(help_text="Decimal string in the base currency.")


class MethodsSerializer(Base):
    historical = LossSerializer(allow_null=True)
    parametric = LossSerializer(allow_null=True)
    cornish_fisher = LossSerializer(allow_null=True)
    ewma = LossSerializer(allow_null=True)
    filtered_historical = LossSerializer(allow_null=True)
    student_t = LossSerializer(allow_null=True)


class ChosenSerializer(Base):
    """Of the method that was asked for."""

    var = LossSerializer(allow_null=True)
    cvar = LossSerializer(allow_null=True)


class DrawdownSerializer(Base):
    """The deepest fall; `recovery` is null as long as it has not come."""

    max = serializers.FloatField()
    start = serializers.DateField(allow_null=True, help_text="Day of the last peak before it.")
    trough = serializers.DateField(allow_null=True)
    recovery = serializers.DateField(allow_null=True, help_text="First day back at the peak.")
    longest_days = serializers.IntegerField(help_text="Longest stretch below a peak.")


class CaptureSerializer(Base):
    up = serializers.FloatField(allow_null=True)
    down = serializers.FloatField(allow_null=True)


class SaleSerializer(Base):
    symbol = serializers.CharField()
    days = serializers.FloatField(allow_null=True, help_text="To sell it at the share of volume.")
    turnover = serializers.FloatField(
        allow_null=True, help_text="Mean volume in the base currency a day; null for money."
    )


class LiquiditySerializer(Base):
    share = serializers.FloatField(help_text="Of the usual volume that is sold into.")
    volume_days = serializers.IntegerField(help_text="Days that the usual volume is the mean of.")
    days = serializers.FloatField(allow_null=True, help_text="Of the longest sale.")
    var = LossSerializer(allow_null=True, help_text="Historical VaR, adjusted for the sales.")
    assets = SaleSerializer(many=True)


class ProxySerializer(Base):
    symbol = serializers.CharField()
    days = serializers.IntegerField(help_text="That are filled.")
    own_days = serializers.IntegerField()
    method = serializers.CharField(help_text="beta or category.")
    by = serializers.CharField(help_text="Whose returns stand in.")
    beta = serializers.FloatField()


class ProxiedSerializer(Base):
    share = serializers.FloatField(help_text="Of value times days.")
    assets = ProxySerializer(many=True)


class PartSerializer(Base):
    name = serializers.CharField()
    title = serializers.CharField()
    figure = serializers.FloatField(help_text="What was measured, a fraction.")
    full = serializers.FloatField(help_text="The figure at which the part is 1.")
    weight = serializers.FloatField()
    value = serializers.FloatField(help_text="0 to 1.")
    contribution = serializers.FloatField(help_text="Points of the score.")


class ContributionSerializer(Base):
    symbol = serializers.CharField()
    kind = serializers.CharField()
    value = serializers.CharField()
    weight = serializers.FloatField(help_text="Share of the value.")
    volatility = serializers.FloatField(allow_null=True, help_text="Sums to the volatility.")
    var = LossSerializer(allow_null=True, help_text="Sums to the parametric VaR.")
    cvar = LossSerializer(allow_null=True, help_text="Sums to the CVaR.")
    risk_share = serializers.FloatField(allow_null=True, help_text="Share of the volatility.")


class FiguresSerializer(Base):
    """The figures that a portfolio and a single asset have alike."""

    as_of = serializers.DateTimeField()
    base_currency = serializers.CharField()
    venue = serializers.CharField(allow_null=True)
    simulated = serializers.BooleanField()
    priced_at = serializers.DateTimeField(allow_null=True, help_text="Oldest price that went in.")
    benchmark = serializers.CharField()
    method = serializers.CharField()
    scaling = serializers.CharField()
    correlation = serializers.CharField()
    window_days = serializers.IntegerField()
    observations = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    confidence = serializers.FloatField()
    horizon_days = serializers.IntegerField()
    value = serializers.CharField(allow_null=True)
    volatility = serializers.FloatField(allow_null=True)
    var = MethodsSerializer()
    cvar = LossSerializer(allow_null=True, help_text="The historical one.")
    cvars = MethodsSerializer()
    chosen = ChosenSerializer()
    skewness = serializers.FloatField(allow_null=True)
    kurtosis = serializers.FloatField(allow_null=True, help_text="Excess: 0 on a bell curve.")
    downside_deviation = serializers.FloatField(allow_null=True)
    sharpe = serializers.FloatField(allow_null=True)
    sortino = serializers.FloatField(allow_null=True)
    calmar = serializers.FloatField(allow_null=True)
    omega = serializers.FloatField(allow_null=True)
    max_drawdown = serializers.FloatField(allow_null=True)
    current_drawdown = serializers.FloatField(allow_null=True)
    longest_drawdown = serializers.IntegerField(allow_null=True, help_text="Days.")
    drawdown = DrawdownSerializer(allow_null=True)
    ulcer = serializers.FloatField(allow_null=True)
    beta = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField(allow_null=True, help_text="Per year.")
    benchmark_correlation = serializers.FloatField(allow_null=True)
    tracking_error = serializers.FloatField(allow_null=True, help_text="Per year.")
    information_ratio = serializers.FloatField(allow_null=True)
    capture = CaptureSerializer()
    hhi = serializers.FloatField(allow_null=True)
    effective_assets = serializers.FloatField(allow_null=True)
    hhi_by_risk = serializers.FloatField(allow_null=True)
    effective_assets_by_risk = serializers.FloatField(allow_null=True)
    diversification_ratio = serializers.FloatField(allow_null=True)
    average_correlation = serializers.FloatField(allow_null=True)
    liquidity = LiquiditySerializer(allow_null=True)
    proxied = ProxiedSerializer()
    score = serializers.FloatField(allow_null=True, help_text="1 to 10.")
    level = serializers.CharField(allow_null=True)
    trend = serializers.CharField(allow_null=True)
    score_parts = PartSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    explain = serializers.DictField(help_text="By measure: formula, window, source, age.")


class AnswerSerializer(FiguresSerializer):
    portfolio = serializers.IntegerField()
    contributions = ContributionSerializer(many=True)
    sentence = serializers.CharField()
    sentence_parts = serializers.ListField(child=serializers.DictField())


class AssetAnswerSerializer(FiguresSerializer):
    """`value` and the amounts are of one unit, in USD."""

    symbol = serializers.CharField()


class LossesSerializer(Base):
    var_historical = LossSerializer(allow_null=True)
    var_parametric = LossSerializer(allow_null=True)
    cvar_historical = LossSerializer(allow_null=True)
    cvar_parametric = LossSerializer(allow_null=True)


class MarginalSerializer(Base):
    """What one more unit of value in the asset would add."""

    var_historical = serializers.FloatField(allow_null=True)
    var_parametric = serializers.FloatField(allow_null=True)
    cvar_historical = serializers.FloatField(allow_null=True)
    cvar_parametric = serializers.FloatField(allow_null=True)


class DetailedContributionSerializer(ContributionSerializer):
    component = LossesSerializer(help_text="Euler's parts: they sum to the whole.")
    marginal = MarginalSerializer()
    incremental = LossesSerializer(help_text="What a sale of all of it for money would save.")


class ContributionsSerializer(Base):
    portfolio = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    window_days = serializers.IntegerField()
    observations = serializers.IntegerField()
    confidence = serializers.FloatField()
    horizon_days = serializers.IntegerField()
    value = serializers.CharField(allow_null=True)
    base_currency = serializers.CharField()
    volatility = serializers.FloatField(allow_null=True)
    var = MethodsSerializer()
    cvar = LossSerializer(allow_null=True)
    cvars = MethodsSerializer()
    effective_assets = serializers.FloatField(allow_null=True)
    effective_assets_by_risk = serializers.FloatField(allow_null=True)
    proxied = ProxiedSerializer()
    contributions = DetailedContributionSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class SnapshotSerializer(serializers.ModelSerializer[RiskSnapshot]):
    """The last figures of one UTC day; 95 %, one day."""

    value = serializers.DecimalField(
        max_digits=38, decimal_places=18, normalize_output=True, allow_null=True
    )

    class Meta:
        model = RiskSnapshot
        fields = [
            "as_of",
            "window_days",
            "observations",
            "value",
            "score",
            "level",
            "volatility",
            "var",
            "cvar",
            "max_drawdown",
        ]
