"""Writes over the socket: the same services as the API, the same errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions

from accounts.models import User
from config.api.errors import describe
from config.live.messages import Command, encode, now
from portfolios import services
from portfolios.api.serializers import TransactionEditSerializer, TransactionSerializer
from portfolios.selectors import portfolio_to_edit, transaction_to_edit

Result = dict[str, Any]


def _create(user: User, payload: dict[str, Any]) -> Result:
    portfolio = portfolio_to_edit(user, _id(payload, "portfolio"))
    serializer = TransactionSerializer(data=payload)
    serializer.is_valid(raise_exception=True)
    row = services.add_transaction(portfolio=portfolio, user=user, **serializer.validated_data)
    return dict(TransactionSerializer(row).data)


def _update(user: User, payload: dict[str, Any]) -> Result:
    row = transaction_to_edit(user, _id(payload, "id"))
    serializer = TransactionEditSerializer(data=payload, partial=True)
    serializer.is_valid(raise_exception=True)
    row = services.edit_transaction(transaction=row, user=user, **serializer.validated_data)
    return dict(TransactionSerializer(row).data)


def _delete(user: User, payload: dict[str, Any]) -> Result:
    row = transaction_to_edit(user, _id(payload, "id"))
    services.delete_transaction(transaction=row, user=user)
    return {"deleted": payload["id"]}


ACTIONS: dict[str, Callable[[User, dict[str, Any]], Result]] = {
    "transaction.create": _create,
    "transaction.update": _update,
    "transaction.delete": _delete,
}


async def run(user: User, command: Command) -> str:
    """The `result` of a command, as text: `{"id", "ok", "data"}` or `{"id", "ok", "error"}`."""
    outcome = await _execute(user, command)
    return encode({"type": "result", "id": command.id, "ts": now(), **outcome})


@database_sync_to_async
def _execute(user: User, command: Command) -> dict[str, Any]:
    action = ACTIONS.get(command.action)
    if action is None:
        known = ", ".join(ACTIONS)
        message = f"{command.action!r} is not an action; there are: {known}."
        return {"ok": False, "error": {"code": "invalid", "message": message}}
    try:
        return {"ok": True, "data": action(user, command.payload)}
    except (ValidationError, exceptions.APIException, Http404, PermissionDenied) as error:
        return {"ok": False, "error": describe(error)}


def _id(payload: dict[str, Any], field: str) -> int:
    value = payload.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValidationError({field: "A whole number is needed: the object's id."})
    return value
