"""Every API error is `{"error": {"code", "message", "fields"?, "request_id"}}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.middleware import request_id

#: What DRF names "non_field_errors" and Django "__all__" belongs to no field.
_NO_FIELD = {"non_field_errors", "__all__"}


class TooLarge(exceptions.APIException):
    """A body over DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large."
    default_code = "too_large"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: maps the known errors; None lets the unknown become a 500."""
    known = _as_api_error(error)
    response = exception_handler(known, context)
    if response is None or not isinstance(known, exceptions.APIException):
        return response
    response.data = body(_code(known), _message(known), _fields(known))
    return response


def body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """The one error shape, with the id under which the log has this request."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    error["request_id"] = request_id()
    return {"error": error}


def describe(error: Exception) -> dict[str, Any]:
    """The inner object of `body` for a known error, for edges that are not DRF views."""
    known = _as_api_error(error)
    if not isinstance(known, exceptions.APIException):
        raise TypeError(f"{type(error).__name__} is not an error the API knows") from error
    found: dict[str, Any] = body(_code(known), _message(known), _fields(known))["error"]
    return found


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """404 for a path under /api/ that no route has."""
    return JsonResponse(body("not_found", "There is nothing here."), status=404)


def _as_api_error(error: Exception) -> Exception:
    if isinstance(error, DjangoValidationError):
        detail: Any = error.message_dict if hasattr(error, "error_dict") else error.messages
        return exceptions.ValidationError(detail)
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing here.")
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError("The request is not valid.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    return error


def _code(error: exceptions.APIException) -> str:
    if error.status_code == status.HTTP_400_BAD_REQUEST and isinstance(
        error, exceptions.ValidationError
    ):
        return "invalid"
    return str(getattr(error.detail, "code", error.default_code))


def _fields(error: exceptions.APIException) -> dict[str, list[str]] | None:
    if not isinstance(error, exceptions.ValidationError) or not isinstance(error.detail, dict):
        return None
    flat = _flatten(error.detail)
    return {name: messages for name, messages in flat.items() if name not in _NO_FIELD}


def _flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested serializers' errors by dotted field path."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in detail.items():
            flat |= _flatten(inner, f"{path}.{name}" if path else str(name))
        return flat
    if isinstance(detail, list):
        nested: dict[str, list[str]] = {}
        for number, inner in enumerate(detail):
            if isinstance(inner, dict) and inner:
                nested |= _flatten(inner, f"{path}.{number}")
        return nested or {path: [str(message) for message in detail]}
    return {path: [str(detail)]}


def _message(error: exceptions.APIException) -> str:
    if not isinstance(error, exceptions.ValidationError):
        return str(error.detail)
    flat = _flatten(error.detail)
    if not flat:
        return "The request is not valid."
    name, messages = next(iter(flat.items()))
    return messages[0] if not name or name in _NO_FIELD else f"{name}: {messages[0]}"
