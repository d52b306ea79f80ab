"""What is asked and what is answered. Money is a decimal string, a ratio a number."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from markets.models import Asset, Interval, Side, Tick

MOST_SYMBOLS = 200
MOST_BARS = 5000


class MoneyField(serializers.DecimalField):
    """A decimal string without trailing zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=38,
            decimal_places=18,
            coerce_to_string=True,
            normalize_output=True,
            **options,
        )


class SourceSerializer(serializers.Serializer[Any]):
    """Where the figures come from. `age_seconds`: since the newest message or stored price."""

    venue = serializers.CharField()
    name = serializers.CharField()
    simulated = serializers.BooleanField()
    status = serializers.ChoiceField(["live", "delayed", "simulated", "stored"])
    age_seconds = serializers.FloatField(allow_null=True)


class AssetSerializer(serializers.ModelSerializer[Asset]):
    market_cap_usd = MoneyField(allow_null=True)
    is_priced = serializers.BooleanField(help_text="The current venue has a price in USD.")

    class Meta:
        model = Asset
        fields = ["symbol", "name", "kind", "market_cap_rank", "market_cap_usd", "is_priced"]


class PricesQuery(serializers.Serializer[Any]):
    symbols = serializers.CharField(
        required=False, default="", help_text="BTC,ETH; without it all that have a price"
    )

    def validate_symbols(self, value: str) -> str:
        names = sorted({name.strip().upper() for name in value.split(",") if name.strip()})
        if len(names) > MOST_SYMBOLS:
            raise serializers.ValidationError(f"At most {MOST_SYMBOLS} symbols at once.")
        return ",".join(names)


class PriceSerializer(serializers.Serializer[Any]):
    price = MoneyField()
    time = serializers.DateTimeField()
    change_24h = serializers.FloatField(allow_null=True)
    age_seconds = serializers.FloatField()
    is_stale = serializers.BooleanField()


class NamedPriceSerializer(PriceSerializer):
    symbol = serializers.CharField()


class PricesSerializer(serializers.Serializer[Any]):
    source = SourceSerializer()  # type: ignore[assignment]  # its name is the wire's
    prices = serializers.DictField(child=PriceSerializer())
    missing = serializers.ListField(child=serializers.CharField())


class OverviewSerializer(serializers.Serializer[Any]):
    source = SourceSerializer()  # type: ignore[assignment]  # its name is the wire's
    assets = serializers.IntegerField()
    rising = serializers.IntegerField()
    falling = serializers.IntegerField()
    median_change_24h = serializers.FloatField(allow_null=True)
    volume_24h = MoneyField(allow_null=True)
    market_cap = MoneyField(allow_null=True)
    gainers = NamedPriceSerializer(many=True)
    losers = NamedPriceSerializer(many=True)


class TickSerializer(serializers.ModelSerializer[Tick]):
    price = MoneyField()
    quantity = MoneyField()
    side = serializers.SerializerMethodField()

    class Meta:
        model = Tick
        fields = ["trade_id", "time", "price", "quantity", "side"]

    def get_side(self, tick: Tick) -> str:
        """The taker's: buy or sell."""
        return Side(tick.side).label.lower()


class TicksSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    source = SourceSerializer()  # type: ignore[assignment]  # its name is the wire's
    results = TickSerializer(many=True)


class OhlcQuery(serializers.Serializer[Any]):
    interval = serializers.ChoiceField(Interval.values, default=Interval.D1.value)
    start = serializers.DateTimeField(required=False)
    end = serializers.DateTimeField(required=False)
    limit = serializers.IntegerField(required=False, default=500, min_value=1, max_value=MOST_BARS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "start" in attrs and "end" in attrs and attrs["start"] >= attrs["end"]:
            raise serializers.ValidationError({"end": "It must be after start."})
        return attrs


class BarSerializer(serializers.Serializer[Any]):
    time = serializers.DateTimeField(help_text="Open time.")
    open = MoneyField()
    high = MoneyField()
    low = MoneyField()
    close = MoneyField()
    volume = MoneyField()
    vwap = MoneyField(allow_null=True)
    trades = serializers.IntegerField(allow_null=True)
    closed = serializers.BooleanField()


class OhlcSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    market = serializers.CharField()
    interval = serializers.ChoiceField(Interval.values)
    source = SourceSerializer()  # type: ignore[assignment]  # its name is the wire's
    results = BarSerializer(many=True)


class StatsSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    source = SourceSerializer()  # type: ignore[assignment]  # its name is the wire's
    price = MoneyField(allow_null=True)
    price_time = serializers.DateTimeField(allow_null=True)
    change_24h = serializers.FloatField(allow_null=True)
    is_stale = serializers.BooleanField(allow_null=True)
    high_24h = MoneyField(allow_null=True)
    low_24h = MoneyField(allow_null=True)
    volume_24h = MoneyField(allow_null=True)
    vwap_24h = MoneyField(allow_null=True)
    trades_24h = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    changes = serializers.DictField(child=serializers.FloatField(allow_null=True))
    highest = MoneyField(allow_null=True)
    lowest = MoneyField(allow_null=True)
    first_day = serializers.DateTimeField(allow_null=True)
    days = serializers.IntegerField()
