"""`/api/account/export` and `/import`: one file with everything, and an empty account to fill."""

from __future__ import annotations

from io import BytesIO
from typing import Any, cast

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config import account_file
from config.account_jobs import (
    is_large,
    newest_account_file,
    resume_account_file,
    start_account_file,
)
from config.api.errors import TooLarge
from config.api.parsing import Json
from config.models import AccountFileState
from portfolios.exports.downloads import download


class AccountFileSerializer(serializers.Serializer[Any]):
    """What `/api/account/export` gave, as it is or gzipped."""

    file = serializers.FileField()


class ImportedSerializer(serializers.Serializer[Any]):
    """How many of each there are now."""

    portfolios = serializers.IntegerField()
    transactions = serializers.IntegerField()
    watchlists = serializers.IntegerField()
    alert_channels = serializers.IntegerField()
    alert_rules = serializers.IntegerField()
    risk_limits = serializers.IntegerField()


class AccountFileStateSerializer(serializers.Serializer[Any]):
    """`made` counts what there is now, once it is `done`; `error` says why it is `failed`."""

    state = serializers.ChoiceField(AccountFileState.choices)
    transactions = serializers.IntegerField()
    made = serializers.DictField(child=serializers.IntegerField())
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class AccountExport(APIView):
    """Everything of yours."""

    @extend_schema(
        parameters=[OpenApiParameter("gzip", bool, description="true: the file is gzipped.")],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/gzip"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Preferences, portfolios with ledgers, watchlists, rules and limits: one document."""
        document = account_file.account_document(cast("User", request.user))
        if request.query_params.get("gzip") in {"1", "true"}:
            body = HttpResponse(account_file.packed(document), content_type="application/gzip")
            return download(body, "plimsoll-account.json.gz")
        return download(JsonResponse(document), "plimsoll-account.json")


class AccountImport(APIView):
    """Into an empty account."""

    parser_classes = [MultiPartParser, Json]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdigit() and int(length) > account_file.MAX_BYTES + (1 << 20):
            raise TooLarge
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={
            "multipart/form-data": AccountFileSerializer,
            "application/json": OpenApiTypes.OBJECT,
        },
        responses={201: ImportedSerializer, 202: AccountFileStateSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take in a document: the account then has the same figures. Refused where it has any. A
        large one (`ACCOUNT_FILE_AT_ONCE`) is taken in afterwards: 202, and GET tells how far it is.
        """
        user, document = cast("User", request.user), _document(request)
        if is_large(document):
            job = start_account_file(user=user, document=document)
            answer = AccountFileStateSerializer(job).data
            return Response(answer, status=status.HTTP_202_ACCEPTED)
        made = account_file.import_account(user=user, document=document)
        return Response(made, status=status.HTTP_201_CREATED)

    @extend_schema(responses=AccountFileStateSerializer)
    def get(self, request: Request) -> Response:
        """How far the newest large document is; 404 where there was none."""
        job = newest_account_file(cast("User", request.user))
        if job is None:
            raise NotFound
        resume_account_file(job)
        return Response(AccountFileStateSerializer(job).data)


def _document(request: Request) -> dict[str, Any]:
    data = request.data
    if "file" in request.FILES:
        return account_file.read_document(cast("BytesIO", request.FILES["file"]))
    if not isinstance(data, dict) or not data:
        raise serializers.ValidationError({"file": ["Send an account file."]})
    return dict(data)
