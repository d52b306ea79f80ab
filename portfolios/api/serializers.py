"""Shapes of the wire. Money and quantities are decimal strings, ratios numbers, times ISO 8601 UTC.

Input is checked for its shape only; what is allowed is said by the services, on the same fields.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from markets.models import MONEY, Venue
from portfolios.models import Transaction, TransactionType
from portfolios.services import content_of


class AmountField(serializers.DecimalField):
    """A decimal string without trailing zeros, as exact as the database."""

    def __init__(self, **kwargs: Any) -> None:
        digits, places = MONEY["max_digits"], MONEY["decimal_places"]
        super().__init__(
            digits, places, **{"coerce_to_string": True, "normalize_output": True, **kwargs}
        )


class VenueField(serializers.SlugRelatedField[Venue]):
    """A venue by its slug; the database is not asked for names that it cannot hold."""

    def to_internal_value(self, data: Any) -> Venue:
        if "\0" in str(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class PortfolioSerializer(serializers.Serializer[Any]):
    """A portfolio; `venue` is the slug of where its prices come from, null: the current feed."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    base_currency = serializers.CharField(max_length=12, default="USD")
    benchmark = serializers.CharField(max_length=20, default="BTC")
    track_cash = serializers.BooleanField(default=False)
    venue = VenueField(
        slug_field="slug",
        queryset=Venue.objects.exclude(slug="ecb"),  # prices currencies only
        allow_null=True,
        default=None,
    )
    created_at = serializers.DateTimeField(read_only=True)
    computed_at = serializers.DateTimeField(read_only=True)
    revision = serializers.IntegerField(read_only=True)


class TransactionSerializer(serializers.Serializer[Any]):
    """A transaction of design §5: `fee` is in `fee_symbol` (null: the money of a trade, else the
    asset itself); `price` is per unit in `currency`. A swap gives `quantity` of `symbol` for
    `to_quantity` of `to_symbol`; `unmatched`: more may leave than is held, without a basis.
    """

    id = serializers.IntegerField(read_only=True)
    type = serializers.ChoiceField(TransactionType.choices)
    symbol = serializers.CharField(max_length=20)
    quantity = AmountField()
    to_symbol = serializers.CharField(max_length=20, required=False, allow_null=True)
    to_quantity = AmountField(required=False, allow_null=True)
    price = AmountField(required=False, allow_null=True)
    currency = serializers.CharField(max_length=12, required=False, allow_null=True)
    fee = AmountField(required=False)
    fee_symbol = serializers.CharField(max_length=20, required=False, allow_null=True)
    executed_at = serializers.DateTimeField()
    location = serializers.CharField(max_length=80, required=False, allow_blank=True)
    to_location = serializers.CharField(max_length=80, required=False, allow_blank=True)
    external_id = serializers.CharField(
        max_length=120, required=False, allow_null=True, allow_blank=True
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    unmatched = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Transaction) -> dict[str, Any]:
        row = {
            "id": instance.pk,
            "created_at": instance.created_at,
            "updated_at": instance.updated_at,
            **content_of(instance),
        }
        return super().to_representation(row)


class TransactionEditSerializer(TransactionSerializer):
    """`expected_updated_at`: the `updated_at` that you saw; where somebody changed the transaction
    since, the edit is refused and says who it was.
    """

    expected_updated_at = serializers.DateTimeField(required=False, write_only=True)


class PositionSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    quantity = AmountField()
    cost = AmountField()
    average_price = AmountField(allow_null=True)
    price = AmountField(allow_null=True)
    value = AmountField(allow_null=True)
    share = serializers.FloatField(allow_null=True)
    unrealised = AmountField(allow_null=True)
    unrealised_pct = serializers.FloatField(allow_null=True)
    realised = AmountField()
    rewards = AmountField()
    fees = AmountField()
    change_24h = serializers.FloatField(allow_null=True)
    price_time = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()
    venue = serializers.CharField(allow_null=True)


class BookSerializer(serializers.Serializer[Any]):
    """What is held and what it is worth. `missing` has no price and is not in `value`."""

    base = serializers.CharField()
    value = AmountField(allow_null=True)
    cost = AmountField()
    unrealised = AmountField(allow_null=True)
    unrealised_pct = serializers.FloatField(allow_null=True)
    realised = AmountField()
    rewards = AmountField()
    fees = AmountField()
    change_24h = AmountField(allow_null=True)
    change_24h_pct = serializers.FloatField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    stale = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateTimeField()
    venue = serializers.CharField(allow_null=True)
    is_simulated = serializers.BooleanField()
    positions = PositionSerializer(many=True)


class LotSerializer(serializers.Serializer[Any]):
    """`cost` is of the whole lot (`fee` is in it), `basis` of what remains, in the base currency.

    `basis_assumed`: the day's price stands for what was paid; `basis_missing`: nobody says where
    the units came from. A lot that a transfer made names its `source` and the transfer.
    """

    id = serializers.IntegerField()
    symbol = serializers.CharField(source="asset.symbol")
    acquired_at = serializers.DateTimeField()
    quantity = AmountField()
    remaining = AmountField()
    cost = AmountField()
    basis = AmountField()
    fee = AmountField()
    basis_assumed = serializers.BooleanField()
    basis_missing = serializers.BooleanField()
    location = serializers.CharField()
    opened_by = serializers.IntegerField(source="opened_by_id")
    source = serializers.IntegerField(  # type: ignore[assignment]  # DRF's fields have one too
        source="source_id", allow_null=True
    )
    moved_by = serializers.IntegerField(source="moved_by_id", allow_null=True)


class HistoryPointSerializer(serializers.Serializer[Any]):
    """The end of a UTC day; `value` null: a price was missing."""

    day = serializers.DateField()
    value = AmountField(allow_null=True)
    invested = AmountField()
    inflow = AmountField()
    outflow = AmountField()
    missing = serializers.ListField(child=serializers.CharField())


class HistorySerializer(serializers.Serializer[Any]):
    """All the days asked for; in the shape of a list, though it is never cut into pages."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = HistoryPointSerializer(many=True)


class SpanSerializer(serializers.Serializer[Any]):
    """The days asked for, both included; `start` absent: since the first day."""

    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "start" in attrs and "end" in attrs and attrs["start"] > attrs["end"]:
            raise serializers.ValidationError({"start": ["The start is after the end."]})
        return attrs


class WalletSerializer(serializers.Serializer[Any]):
    """An address whose balance is read every hour; `error` says why it is not known."""

    id = serializers.IntegerField(read_only=True)
    portfolio = serializers.IntegerField(source="portfolio_id")
    chain = serializers.ChoiceField([("ethereum", "Ethereum")], default="ethereum")
    address = serializers.CharField(max_length=64)
    label = serializers.CharField(  # type: ignore[assignment]  # DRF's fields have one too
        max_length=80, required=False, allow_blank=True
    )
    balance = AmountField(read_only=True, allow_null=True)
    checked_at = serializers.DateTimeField(read_only=True)
    error = serializers.CharField(read_only=True)


class WalletLabelSerializer(serializers.Serializer[Any]):
    """What can be changed of a wallet: another address is another wallet."""

    label = serializers.CharField(  # type: ignore[assignment]  # DRF's fields have one too
        max_length=80, allow_blank=True
    )
