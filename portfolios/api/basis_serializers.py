"""Shapes of cost basis: methods, elections, recalculations, chosen lots."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portfolios.api.serializers import AmountField
from portfolios.models import BasisMethod, BasisScope, JobState


class BasisSerializer(serializers.Serializer[Any]):
    """`elections`: the method of single tax years, by the calendar year in which they start;
    `tax_year_start` is MM-DD.
    """

    method = serializers.ChoiceField(BasisMethod.choices, required=False)
    scope = serializers.ChoiceField(BasisScope.choices, required=False)
    tax_year_start = serializers.RegexField(r"^\d\d-\d\d$", required=False)
    elections = serializers.DictField(
        child=serializers.ChoiceField(BasisMethod.choices), required=False
    )

    def validate_elections(self, elections: dict[str, str]) -> dict[int, str]:
        wrong = [year for year in elections if not year.isdecimal() or len(year) != 4]
        if wrong:
            raise serializers.ValidationError(f"{wrong[0]!r} is not a year.")
        return {int(year): method for year, method in elections.items()}


class RecalculationSerializer(serializers.Serializer[Any]):
    """`done` of `total` assets are reckoned; the old figures stand until the state is done.
    `realised_before` and `realised_after`: the realised gain of the whole ledger.
    """

    id = serializers.IntegerField()
    state = serializers.ChoiceField(JobState.choices)
    wanted = serializers.DictField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    error = serializers.CharField()
    realised_before = AmountField()
    realised_after = AmountField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class LotOptionSerializer(serializers.Serializer[Any]):
    """What an acquisition had left just before the transaction, and what of it was chosen."""

    acquisition = serializers.IntegerField(source="opened_by")
    acquired_at = serializers.DateTimeField()
    available = AmountField()
    basis = AmountField()
    location = serializers.CharField()
    basis_assumed = serializers.BooleanField(source="assumed")
    chosen = AmountField()


class LotOptionsSerializer(serializers.Serializer[Any]):
    """`method`: what is in force on the day; lots are chosen under `specific` alone."""

    method = serializers.ChoiceField(BasisMethod.choices)
    lots = LotOptionSerializer(many=True)


class LotChoiceSerializer(serializers.Serializer[Any]):
    acquisition = serializers.IntegerField()
    quantity = AmountField()


class LotChoicesSerializer(serializers.Serializer[Any]):
    """What is not chosen leaves oldest first."""

    choices = LotChoiceSerializer(many=True)
