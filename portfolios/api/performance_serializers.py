"""What a portfolio earned, on the wire. Ratios are fractions; null has its reason in `reasons`."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portfolios.api.serializers import AmountField, SpanSerializer
from portfolios.compared import Mix, mix_of
from portfolios.periods import KINDS
from portfolios.ratios import Ratio


class RatioField(serializers.Field[Ratio, Any, float | None, Any]):
    """A fraction, or null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, **kwargs})

    def to_representation(self, value: Ratio) -> float | None:
        return value.value


RatioField = extend_schema_field({"type": "number", "format": "double", "nullable": True})(  # type: ignore[misc]
    RatioField
)


class CurrencyEffectSerializer(serializers.Serializer[Any]):
    """`assets` + `currency` = `profit`; (1 + `assets_return`)(1 + `currency_return`) - 1 = `twr`.

    Against the US dollar, in which everything is priced. Null has its reason.
    """

    assets = AmountField(allow_null=True)
    currency = AmountField(allow_null=True)
    assets_return = serializers.FloatField(allow_null=True)
    currency_return = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()


class WithReasons(serializers.Serializer[Any]):
    """Adds `reasons`: why each ratio that is null is null, by field."""

    reasons = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_reasons(self, found: Any) -> dict[str, str]:
        ratios = {
            name: cast("Ratio", field.get_attribute(found))
            for name, field in self.fields.items()
            if isinstance(field, RatioField)
        }
        return {name: ratio.reason for name, ratio in ratios.items() if ratio.value is None}


class EarnedSerializer(WithReasons):
    """`profit` = `balance_change` - `net_flow` = `realised` + `unrealised` + `rewards`; `fees` are
    inside these, but for those of `fees_unpriced`, which have no price. `unrated`: currencies in
    which something was booked on a day without a rate; it is not counted. `twr` is time-weighted
    and `annualised` its yearly rate; `money_weighted` is a yearly rate (XIRR, actual/365) and
    `money_weighted_total` what it came to over the range.
    """

    currency = serializers.CharField(source="performance.currency")
    start = serializers.DateField(source="performance.start", allow_null=True)
    end = serializers.DateField(source="performance.end")
    start_value = AmountField(source="performance.start_value", allow_null=True)
    end_value = AmountField(source="performance.end_value", allow_null=True)
    balance_change = AmountField(source="performance.balance_change", allow_null=True)
    inflow = AmountField(source="performance.inflow")
    outflow = AmountField(source="performance.outflow")
    net_flow = AmountField(source="performance.net_flow")
    profit = AmountField(source="performance.profit", allow_null=True)
    twr = RatioField(source="time_weighted")
    days = serializers.IntegerField(source="performance.days")
    missing_days = serializers.IntegerField(source="performance.missing_days")
    annualised = RatioField()
    money_weighted = RatioField()
    money_weighted_total = RatioField()
    modified_dietz = RatioField()
    simple = RatioField()
    realised = AmountField(source="takings.realised")
    unrealised = AmountField(allow_null=True)
    rewards = AmountField(source="takings.rewards")
    fees = AmountField(source="takings.fees")
    fees_unpriced = serializers.ListField(child=serializers.CharField(), source="takings.unpriced")
    unrated = serializers.ListField(child=serializers.CharField(), source="takings.unrated")
    currency_effect = CurrencyEffectSerializer(source="effect")


class PeriodSerializer(serializers.Serializer[Any]):
    """A period cut to the range. `missing_days` lend what they brought to the next priced day."""

    label = serializers.CharField()  # type: ignore[assignment]  # DRF's fields have one too
    start = serializers.DateField()
    end = serializers.DateField()
    start_value = AmountField(allow_null=True)
    end_value = AmountField(allow_null=True)
    inflow = AmountField()
    outflow = AmountField()
    profit = AmountField(allow_null=True)
    twr = serializers.FloatField(allow_null=True)
    days = serializers.IntegerField()
    missing_days = serializers.IntegerField()


class PeriodsSerializer(serializers.Serializer[Any]):
    """Oldest first: the returns compound to the range's, the profits sum to it."""

    currency = serializers.CharField()
    by = serializers.ChoiceField(KINDS)
    results = PeriodSerializer(many=True)


class EarnedByAssetSerializer(WithReasons):
    """One asset. `profit` = `end_value` - `start_value` - `inflow` + `outflow` = `realised` +
    `unrealised` + `rewards`; `contribution` is its part of the portfolio's `twr`.
    """

    symbol = serializers.CharField()
    name = serializers.CharField()
    quantity = AmountField()
    start_value = AmountField(allow_null=True)
    end_value = AmountField(allow_null=True)
    inflow = AmountField()
    outflow = AmountField()
    profit = AmountField(allow_null=True)
    realised = AmountField()
    unrealised = AmountField(allow_null=True)
    rewards = AmountField()
    fees = AmountField()
    twr = serializers.FloatField(allow_null=True)
    money_weighted = RatioField()
    contribution = serializers.FloatField(allow_null=True)


class EarnedByAssetsSerializer(serializers.Serializer[Any]):
    """The rows and `rest` sum to `profit`, the rows' contributions to `twr`."""

    currency = serializers.CharField()
    profit = AmountField(allow_null=True)
    rest = AmountField(allow_null=True)
    twr = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    results = EarnedByAssetSerializer(many=True, source="rows")


class PointSerializer(serializers.Serializer[Any]):
    """The end of a UTC day: value of the mix, and its return since the start without flows."""

    day = serializers.DateField()
    value = AmountField(allow_null=True)
    twr = serializers.FloatField(allow_null=True)


class ComparisonSerializer(WithReasons):
    """The same cash flows in the benchmark; `difference` is what the portfolio is worth more."""

    currency = serializers.CharField()
    benchmark = serializers.CharField(source="mix.key")
    start = serializers.DateField()
    end = serializers.DateField()
    end_value = AmountField(allow_null=True)
    profit = AmountField(allow_null=True)
    difference = AmountField(allow_null=True)
    twr = RatioField()
    annualised = RatioField()
    money_weighted = RatioField()
    reason = serializers.CharField()
    results = PointSerializer(many=True)


class PeriodsAskedSerializer(SpanSerializer):
    """`by`: day, week, month or year."""

    by = serializers.ChoiceField(KINDS, default="month")


class BenchmarkAskedSerializer(SpanSerializer):
    """`benchmark`: an asset, or several with shares that sum to 100; absent: your own choice."""

    benchmark = serializers.CharField(
        max_length=120, required=False, help_text="`BTC`, or `BTC:60,ETH:40`."
    )

    def validate_benchmark(self, text: str) -> Mix:
        try:
            return mix_of(text)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None
