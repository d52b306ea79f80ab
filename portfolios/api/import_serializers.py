"""Shapes of imports on the wire. What is allowed is said by the services, on the same fields."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portfolios.formats import FORMATS
from portfolios.models import ImportJob, ImportState, RowVerdict
from portfolios.selectors.imported import ticked


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.JSONField):
    """A JSON object; a form sends it as text."""

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        if not isinstance(found, dict):
            raise serializers.ValidationError("Give a JSON object.")
        return found


class OptionsSerializer(serializers.Serializer[Any]):
    """How a file is read: `decimal` . or , · `date_order` ymd dmy mdy · `zone` of times without one
    · `types` word of the file → type · `default_type`, `currency`, `location` where the file has
    none · `wrong`: refuse the import for one wrong row, or skip such rows · `unmatched`: accept
    sales of what was never bought.
    """

    decimal = serializers.CharField(required=False, max_length=1)
    date_order = serializers.CharField(required=False, max_length=3)
    zone = serializers.CharField(required=False, max_length=80)
    types = ObjectField(required=False)
    default_type = serializers.CharField(required=False, allow_blank=True, max_length=12)
    currency = serializers.CharField(required=False, allow_blank=True, max_length=12)
    location = serializers.CharField(required=False, allow_blank=True, max_length=80)
    wrong = serializers.CharField(required=False, max_length=10)
    unmatched = serializers.BooleanField(required=False)


class UploadSerializer(OptionsSerializer):
    """A CSV file of at most 50 MB and 500,000 rows, with options; `format` is recognised."""

    file = serializers.FileField(max_length=500)
    format = serializers.ChoiceField(list(FORMATS), required=False)
    columns = ObjectField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """A box that is not ticked is absent from a form: it then means the default."""
        fields = super().get_fields()
        fields["unmatched"] = serializers.BooleanField(required=False, allow_null=True)
        return fields


class ImportChangeSerializer(serializers.Serializer[Any]):
    """What may be changed of a preview. `columns`: field → column of the file."""

    format = serializers.ChoiceField(list(FORMATS), required=False)
    columns = ObjectField(required=False)
    options = OptionsSerializer(required=False)
    taken = serializers.BooleanField(
        required=False, help_text="Tick (or not) the rows of `rows`, else of `verdict`, else all."
    )
    rows = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=10_000
    )
    verdict = serializers.ChoiceField(RowVerdict.choices, required=False)


class ImportSerializer(serializers.Serializer[Any]):
    """A file on its way into a ledger. `verdicts` counts its rows, `taken` those to be imported."""

    id = serializers.IntegerField()
    filename = serializers.CharField()
    format = serializers.CharField()
    format_title = serializers.SerializerMethodField()
    state = serializers.ChoiceField(ImportState.choices)
    rows = serializers.IntegerField()
    done = serializers.IntegerField()
    header = serializers.SerializerMethodField()
    columns = serializers.DictField(child=serializers.CharField())
    options = OptionsSerializer()
    verdicts = serializers.SerializerMethodField()
    taken = serializers.SerializerMethodField()
    added = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_format_title(self, job: ImportJob) -> str:
        return FORMATS[job.format].title if job.format in FORMATS else job.format

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_header(self, job: ImportJob) -> list[str]:
        return list(job.summary.get("header", []))

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_verdicts(self, job: ImportJob) -> dict[str, int]:
        return dict(job.summary.get("verdicts", {}))

    def get_taken(self, job: ImportJob) -> int:
        return int(ticked(job)["taken"])

    def get_added(self, job: ImportJob) -> int | None:
        added = job.summary.get("added")
        return None if added is None else int(added)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, job: ImportJob) -> list[str]:
        return list(job.summary.get("missing", []))


class ImportRowSerializer(serializers.Serializer[Any]):
    """A line of the file: its verdict, what it becomes, and what is wrong, as [column, message]."""

    id = serializers.IntegerField()
    line = serializers.IntegerField()
    verdict = serializers.ChoiceField(RowVerdict.choices)
    taken = serializers.BooleanField()
    content = ObjectField(allow_null=True)
    raw = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="The cells as the file has them, of rows that are wrong or ignored; else empty.",
    )
    errors = serializers.ListField(  # type: ignore[assignment]  # DRF's own name too
        child=serializers.ListField(child=serializers.CharField(allow_blank=True))
    )


class UndoneSerializer(serializers.Serializer[Any]):
    """How many transactions went."""

    removed = serializers.IntegerField()
