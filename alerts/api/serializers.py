"""How alerts look on the wire: money as strings, ratios as numbers, cooldowns in seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from alerts.models import Channel, ChannelKind, Direction, Event, Measure, Rule, Subject


def money(**options: Any) -> serializers.DecimalField:
    """A number of numeric(38,18) as a string without trailing zeros."""
    return serializers.DecimalField(
        max_digits=38, decimal_places=18, coerce_to_string=True, normalize_output=True, **options
    )


def identity(**options: Any) -> serializers.IntegerField:
    """A primary key: what a bigint can hold."""
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, **options)


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """A stored rule and its state."""

    symbol = serializers.CharField(source="asset.symbol", default=None, allow_null=True)
    portfolio = serializers.IntegerField(source="portfolio_id", allow_null=True)
    threshold = money()
    cooldown = serializers.SerializerMethodField()
    last_value = money(allow_null=True)
    channels = serializers.PrimaryKeyRelatedField[Channel](many=True, read_only=True)

    class Meta:
        model = Rule
        fields = [
            "id",
            "name",
            "subject",
            "measure",
            "symbol",
            "portfolio",
            "direction",
            "threshold",
            "hysteresis",
            "cooldown",
            "enabled",
            "channels",
            "state",
            "state_since",
            "last_value",
            "last_evaluated_at",
            "last_fired_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_cooldown(self, rule: Rule) -> int:
        return int(rule.cooldown.total_seconds())


class SpecSerializer(serializers.Serializer[Any]):
    """A rule as it is asked for. Ownership and bounds are judged by the service."""

    name = serializers.CharField(max_length=120, allow_blank=True, required=False)
    subject = serializers.ChoiceField(Subject.choices)
    measure = serializers.ChoiceField(Measure.choices, required=False)
    symbol = serializers.CharField(
        max_length=20, required=False, allow_null=True, help_text="Of a price rule: the asset."
    )
    portfolio = identity(
        required=False, allow_null=True, help_text="Of a risk rule: the id of your portfolio."
    )
    direction = serializers.ChoiceField(Direction.choices)
    threshold = money(help_text="US dollars per unit, or a VaR as a fraction: 0.08 is 8 %.")
    hysteresis = serializers.FloatField(
        required=False, help_text="0 to 0.5: how far back over the line, as a fraction of it."
    )
    cooldown = serializers.IntegerField(required=False, help_text="Seconds, at most 7 days.")

    def validate_cooldown(self, seconds: int) -> timedelta:
        if not 0 <= seconds <= 7 * 86_400:
            raise serializers.ValidationError("Between 0 and 604800 seconds (7 days).")
        return timedelta(seconds=seconds)


class RuleInputSerializer(SpecSerializer):
    """What creates or changes a rule."""

    enabled = serializers.BooleanField(required=False)
    channels = serializers.ListField(
        child=identity(),
        required=False,
        help_text="Ids of your channels. Left out: the app and your e-mail.",
    )


class PreviewInputSerializer(SpecSerializer):
    """A rule and how far back to try it."""

    days = serializers.IntegerField(default=90, min_value=1, max_value=730)


class FiringSerializer(serializers.Serializer[Any]):
    """One time the rule would have fired."""

    at = serializers.DateTimeField()
    value = money()
    cleared_at = serializers.DateTimeField(allow_null=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """When the rule would have fired between two moments, and on what that rests."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    points = serializers.IntegerField()
    resolution = serializers.CharField()
    count = serializers.SerializerMethodField()
    firings = FiringSerializer(many=True)

    def get_count(self, preview: Any) -> int:
        return len(preview.firings)


class EventSerializer(serializers.ModelSerializer[Event]):
    """A flip, or a test message (`value` and `threshold` are null)."""

    value = money(allow_null=True)
    threshold = money(allow_null=True)
    rule = serializers.IntegerField(source="rule_id", allow_null=True)

    class Meta:
        model = Event
        fields = [
            "id",
            "rule",
            "fired",
            "value",
            "threshold",
            "title",
            "message",
            "evidence",
            "occurred_at",
            "read_at",
        ]
        read_only_fields = fields


class ReadInputSerializer(serializers.Serializer[Any]):
    """Which events were read."""

    ids = serializers.ListField(child=identity(), required=False)
    all = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("all")) == ("ids" in attrs):
            raise serializers.ValidationError({"ids": ["Give either ids or all: true."]})
        return attrs


class ReadSerializer(serializers.Serializer[Any]):
    """How many events were new until now, and how many still are."""

    marked = serializers.IntegerField()
    unread = serializers.IntegerField()


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    """Where a person hears of alerts; `last_error` is empty when the last message got through."""

    class Meta:
        model = Channel
        fields = ["id", "kind", "address", "enabled", "last_error"]
        read_only_fields = fields


class ChannelInputSerializer(serializers.Serializer[Any]):
    """A new channel. An e-mail address left empty is the sign-in address."""

    kind = serializers.ChoiceField(ChannelKind.choices)
    address = serializers.CharField(max_length=254, allow_blank=True, required=False)
    enabled = serializers.BooleanField(required=False)


class ChannelChangeSerializer(serializers.Serializer[Any]):
    """What may change of a channel."""

    address = serializers.CharField(max_length=254, allow_blank=True, required=False)
    enabled = serializers.BooleanField(required=False)


class TestSerializer(serializers.Serializer[Any]):
    """The event of a test message, which the history shows, and the state of its delivery."""

    event = serializers.IntegerField()
    state = serializers.CharField()


class MonitorSerializer(serializers.Serializer[Any]):
    """Whether alerting is alive. `last_cycle_*` are the installation's, the rest your own."""

    last_cycle_at = serializers.DateTimeField(allow_null=True)
    last_cycle_rules = serializers.IntegerField()
    last_cycle_events = serializers.IntegerField()
    rules = serializers.IntegerField()
    firing = serializers.IntegerField()
    queue_depth = serializers.IntegerField()
    oldest_due_at = serializers.DateTimeField(allow_null=True)
    failed = serializers.IntegerField()
