"""Shapes of a tax year's report. Money is in the portfolio's base."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portfolios.api.serializers import AmountField
from portfolios.models import BasisMethod, TransactionType

FORMATS = ["json", "csv"]


class GainsQuerySerializer(serializers.Serializer[Any]):
    """`year`: the calendar year that the tax year starts in; absent: the running one."""

    year = serializers.IntegerField(required=False, min_value=2009, max_value=2200)
    format = serializers.ChoiceField(FORMATS, required=False, default="json")


class UsedLotSerializer(serializers.Serializer[Any]):
    """Units of one lot; `rule` says why this one, `is_long` that it was held for over a year."""

    acquired_at = serializers.DateTimeField()
    opened_by = serializers.IntegerField()
    quantity = AmountField()
    basis = AmountField()
    proceeds = AmountField()
    fee = AmountField()
    gain = AmountField()
    days_held = serializers.IntegerField()
    is_long = serializers.BooleanField()
    rule = serializers.CharField()
    basis_assumed = serializers.BooleanField()
    basis_missing = serializers.BooleanField()


class TaxedSaleSerializer(serializers.Serializer[Any]):
    """A disposal: gross - fee = proceeds, proceeds - basis = gain."""

    transaction = serializers.IntegerField(source="transaction.pk")
    type = serializers.ChoiceField(TransactionType.choices, source="transaction.type")
    symbol = serializers.CharField()
    disposed_at = serializers.DateTimeField(source="transaction.executed_at")
    quantity = AmountField()
    gross = AmountField()
    fee = AmountField()
    proceeds = AmountField()
    basis = AmountField()
    gain = AmountField()
    term = serializers.CharField(source="terms")
    lots = UsedLotSerializer(many=True)


class IncomeSerializer(serializers.Serializer[Any]):
    """What came in for nothing, at what it was worth."""

    transaction = serializers.IntegerField(source="transaction.pk")
    type = serializers.ChoiceField(TransactionType.choices, source="transaction.type")
    symbol = serializers.CharField()
    at = serializers.DateTimeField(source="transaction.executed_at")
    quantity = AmountField()
    worth = AmountField()


class TotalsSerializer(serializers.Serializer[Any]):
    """`gain` = `gains` + `losses` = `short_term` + `long_term` = `proceeds` - `basis`."""

    gross = AmountField()
    fees = AmountField()
    proceeds = AmountField()
    basis = AmountField()
    gain = AmountField()
    gains = AmountField()
    losses = AmountField()
    short_term = AmountField()
    long_term = AmountField()
    income = AmountField()
    disposals = serializers.IntegerField()
    doubtful = serializers.IntegerField()


class GainsSerializer(serializers.Serializer[Any]):
    """A tax year; both days are in it."""

    tax_year = serializers.IntegerField(source="year")
    start = serializers.DateField()
    end = serializers.DateField()
    base_currency = serializers.CharField(source="portfolio.base_currency")
    method = serializers.ChoiceField(BasisMethod.choices)
    scope = serializers.CharField(source="portfolio.basis_scope")
    totals = TotalsSerializer()
    disposals = TaxedSaleSerializer(source="sales", many=True)
    income = IncomeSerializer(many=True)
