"""`/api/portfolios/{id}/export` and `/gains`: a ledger and a tax year, as JSON or CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import exports
from portfolios.api.doors import portfolio_of
from portfolios.api.gains_serializers import FORMATS, GainsQuerySerializer, GainsSerializer
from portfolios.exports.downloads import csv_download, download
from portfolios.selectors.gains import current_tax_year, gains

_FORMAT = OpenApiParameter("format", str, enum=FORMATS)


class ByParameter(DefaultContentNegotiation):
    """Here `?format=` is ours, and not DRF's way to choose a renderer."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> Any:
        return renderers[0], renderers[0].media_type


class ExportQuerySerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(FORMATS, required=False, default="csv")


class Export(APIView):
    """The whole ledger."""

    content_negotiation_class = ByParameter

    @extend_schema(
        parameters=[_FORMAT],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/json"): OpenApiTypes.OBJECT,
        },
    )
    def get(self, request: Request, portfolio_id: int) -> HttpResponseBase:
        """CSV: transactions with all fields, which imports to the same ledger. JSON: settings,
        targets, addresses and choices of lots too.
        """
        portfolio = portfolio_of(request, portfolio_id)
        asked = ExportQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        kind = asked.validated_data["format"]
        name = exports.filename(portfolio, "ledger", kind)
        if kind == "json":
            return download(JsonResponse(exports.ledger_document(portfolio)), name)
        return csv_download(exports.ledger_csv(portfolio), name)


class Gains(APIView):
    """A tax year."""

    content_negotiation_class = ByParameter

    @extend_schema(
        parameters=[OpenApiParameter("year", int), _FORMAT],
        responses={200: GainsSerializer, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, portfolio_id: int) -> HttpResponseBase:
        """Every disposal with the lots it used, income, and sums."""
        portfolio = portfolio_of(request, portfolio_id)
        asked = GainsQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        year = asked.validated_data.get("year") or current_tax_year(portfolio)
        found = gains(portfolio, year)
        if asked.validated_data["format"] == "csv":
            name = exports.filename(portfolio, f"gains-{year}", "csv")
            return csv_download(exports.gains_csv(found), name)
        return Response(GainsSerializer(found).data)
