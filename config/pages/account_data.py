"""Settings, Your data: everything in one file, and an empty account to take one in."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from config import account_file


@login_required
@require_http_methods(["GET", "POST"])
def account_data(request: HttpRequest) -> HttpResponse:
    """POST takes an account file in; the reason why not is on the field."""
    user = cast("User", request.user)
    error = ""
    if request.method == "POST":
        try:
            made = account_file.import_account(user=user, document=_document(request))
        except ValidationError as refused:
            error = _words(refused)
        else:
            many = f"{made['portfolios']} portfolios with {made['transactions']} transactions"
            messages.success(request, f"{many} are in this account now.")
            return redirect("portfolios")
    context = {"error": error, "is_empty": account_file.is_empty(user)}
    return render(request, "accounts/data.html", context, status=422 if error else 200)


def _document(request: HttpRequest) -> dict[str, Any]:
    file = request.FILES.get("file")
    if file is None:
        raise ValidationError({"file": ["Choose a file."]})
    return account_file.read_document(file)


def _words(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    name, messages_ = next(iter(error.message_dict.items()))
    return messages_[0] if name == "file" else f"{name}: {messages_[0]}"
