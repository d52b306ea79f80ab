"""`/api/portfolios/{id}/import` and `/imports`: a file in, its preview, its import, its undoing."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.doors import editable_portfolio_of, person, portfolio_of
from portfolios.api.import_serializers import (
    ImportChangeSerializer,
    ImportRowSerializer,
    ImportSerializer,
    UndoneSerializer,
    UploadSerializer,
)
from portfolios.models import ImportJob, ImportRow, RowVerdict
from portfolios.services.imports.starting import TOO_LARGE, is_too_large


class FileTooLarge(exceptions.APIException):
    """A body over the limit; it is refused by its announced length, before it is read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = TOO_LARGE
    default_code = "too_large"


class Import(APIView):
    """Upload a file."""

    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if is_too_large(request.META.get("CONTENT_LENGTH")):
            raise FileTooLarge
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={201: ImportSerializer}
    )
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Read a file into a preview: nothing is written before it is committed."""
        portfolio = editable_portfolio_of(request, portfolio_id)
        given = UploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = {name: value for name, value in given.validated_data.items() if value is not None}
        file = asked.pop("file")
        job = services.start_import(
            portfolio=portfolio,
            user=person(request),
            file=file,
            filename=file.name,
            file_format=asked.pop("format", None),
            columns=asked.pop("columns", None),
            options=asked,
        )
        return Response(ImportSerializer(job).data, status=status.HTTP_201_CREATED)


class ImportList(ListAPIView[ImportJob]):
    """Imports into this portfolio, the newest first."""

    serializer_class = ImportSerializer
    cursor_ordering = "-id"
    queryset = ImportJob.objects.none()

    def get_queryset(self) -> QuerySet[ImportJob]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return selectors.imports_for(person(self.request)).filter(portfolio=portfolio)


class ImportDetail(APIView):
    """One import."""

    @extend_schema(responses=ImportSerializer)
    def get(self, request: Request, portfolio_id: int, job_id: int) -> Response:
        """How far it is. A job whose worker died is taken up again."""
        job = selectors.import_to_see(person(request), portfolio_id, job_id)
        services.resume_import(job=job)
        return Response(ImportSerializer(job).data)

    @extend_schema(request=ImportChangeSerializer, responses=ImportSerializer)
    def patch(self, request: Request, portfolio_id: int, job_id: int) -> Response:
        """Read it otherwise, or tick rows. Other columns or options make the preview anew."""
        job = _editable(request, portfolio_id, job_id)
        given = ImportChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        if "taken" in asked:
            services.take_rows(
                job=job, taken=asked["taken"], ids=asked.get("rows"), verdict=asked.get("verdict")
            )
        if {"format", "columns", "options"} & set(asked):
            services.change_import(
                job=job,
                file_format=asked.get("format"),
                columns=asked.get("columns"),
                options=asked.get("options"),
            )
        return _answer(job)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, portfolio_id: int, job_id: int) -> Response:
        """Throw away a file that was not imported."""
        services.discard_import(job=_editable(request, portfolio_id, job_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportRows(ListAPIView[ImportRow]):
    """Rows of the preview, by line."""

    serializer_class = ImportRowSerializer
    cursor_ordering = ("line", "id")
    filter_backends: list[Any] = []
    queryset = ImportRow.objects.none()

    @extend_schema(parameters=[OpenApiParameter("verdict", str, enum=RowVerdict.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[ImportRow]:
        ids = self.kwargs["portfolio_id"], self.kwargs["job_id"]
        job = selectors.import_to_see(person(self.request), *ids)
        verdict = self.request.query_params.get("verdict", "")
        if verdict and verdict not in RowVerdict.values:
            words = f"Choose one of {', '.join(RowVerdict.values)}."
            raise exceptions.ValidationError({"verdict": [words]})
        return selectors.import_rows(job, verdict)


class ImportCommit(APIView):
    """From the preview into the ledger."""

    @extend_schema(request=None, responses={202: ImportSerializer})
    def post(self, request: Request, portfolio_id: int, job_id: int) -> Response:
        """Write the ticked rows, all or none, in the background."""
        services.commit_import(job=_editable(request, portfolio_id, job_id))
        job = _editable(request, portfolio_id, job_id)
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ImportUndo(APIView):
    """Out of the ledger again."""

    @extend_schema(request=None, responses=UndoneSerializer)
    def post(self, request: Request, portfolio_id: int, job_id: int) -> Response:
        """Remove what the import added, all or none; refused where the ledger would not hold."""
        job = _editable(request, portfolio_id, job_id)
        removed = services.undo_import(job=job, user=person(request))
        return Response({"removed": removed})


def _editable(request: Request, portfolio_id: int, job_id: int) -> ImportJob:
    return selectors.import_to_edit(person(request), portfolio_id, job_id)


def _answer(job: ImportJob) -> Response:
    job.refresh_from_db()
    return Response(ImportSerializer(job).data)
