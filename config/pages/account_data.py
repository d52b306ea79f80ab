"""Settings, Your data: everything in one file, and an empty account to take one in."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from config import account_file
from config.account_jobs import (
    is_large,
    newest_account_file,
    resume_account_file,
    start_account_file,
    words_of,
)


@login_required
@require_http_methods(["GET", "POST"])
def account_data(request: HttpRequest) -> HttpResponse:
    """POST takes an account file in; the reason why not is on the field. While a worker takes a
    large one in, htmx asks for how far it is.
    """
    user = cast("User", request.user)
    error = ""
    if request.method == "POST":
        try:
            return _taken_in(request, user)
        except ValidationError as refused:
            error = words_of(refused)
    job = newest_account_file(user)
    if job is not None:
        resume_account_file(job)
    context = {"error": error, "is_empty": account_file.is_empty(user), "job": job}
    part = request.headers.get("HX-Target") == "taking-in" and not error
    template = "accounts/parts/taking_in.html" if part else "accounts/data.html"
    return render(request, template, context, status=422 if error else 200)


def _taken_in(request: HttpRequest, user: User) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        raise ValidationError({"file": ["Choose a file."]})
    document = account_file.read_document(file)
    if is_large(document):
        start_account_file(user=user, document=document)
        return redirect("account-data")
    made = account_file.import_account(user=user, document=document)
    many = f"{made['portfolios']} portfolios with {made['transactions']} transactions"
    messages.success(request, f"{many} are in this account now.")
    return redirect("portfolios")
