"""Shapes of `/api/risk/`: what may be asked, and what an answer holds (for the schema)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from risk.models import RiskSnapshot

Base = serializers.Serializer[Any]


class QuestionSerializer(Base):
    """The parameters of a question; `risk.parameters` checks their ranges."""

    window = serializers.IntegerField(default=365, help_text="Days of returns, 30 to 3650.")
    confidence = serializers.FloatField(default=0.95, help_text="0.8 to 0.995.")
    horizon = serializers.IntegerField(default=1, help_text="Days, 1 to 30.")
    as_of = serializers.DateField(
        required=False, help_text="A UTC day: the figures as they stood at its end."
    )


class LossSerializer(Base):
    fraction = serializers.FloatField(help_text="Of the value; positive is a loss.")
    amount = serializers.CharField(help_text="Decimal string in the base currency.")


class MethodsSerializer(Base):
    historical = LossSerializer(allow_null=True)
    parametric = LossSerializer(allow_null=True)
    cornish_fisher = LossSerializer(allow_null=True)
    ewma = LossSerializer(allow_null=True)


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
    window_days = serializers.IntegerField()
    observations = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    confidence = serializers.FloatField()
    horizon_days = serializers.IntegerField()
    value = serializers.CharField(allow_null=True)
    volatility = serializers.FloatField(allow_null=True)
    var = MethodsSerializer()
    cvar = LossSerializer(allow_null=True)
    sharpe = serializers.FloatField(allow_null=True)
    sortino = serializers.FloatField(allow_null=True)
    calmar = serializers.FloatField(allow_null=True)
    max_drawdown = serializers.FloatField(allow_null=True)
    current_drawdown = serializers.FloatField(allow_null=True)
    longest_drawdown = serializers.IntegerField(allow_null=True, help_text="Days.")
    beta = serializers.FloatField(allow_null=True)
    hhi = serializers.FloatField(allow_null=True)
    effective_assets = serializers.FloatField(allow_null=True)
    average_correlation = serializers.FloatField(allow_null=True)
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
    contributions = ContributionSerializer(many=True)
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
