"""The import wizard: a file in, what it is, what will happen, and what happened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolios import selectors, services
from portfolios.models import ImportJob, Portfolio
from portfolios.services.imports.starting import MAX_BYTES, TOO_LARGE, is_too_large
from portfolios.views.answers import by_htmx, person
from portfolios.views.previews import mapper, preview

_PAGE = "portfolios/import.html"


@csrf_exempt  # checked below, once the length of the body is known to be bearable
@login_required
@require_http_methods(["GET", "POST"])
def portfolio_import(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """Choose a file. One that is too large is refused before it is read."""
    if request.method == "POST" and is_too_large(request.META.get("CONTENT_LENGTH")):
        portfolio = selectors.portfolio_to_edit(person(request), portfolio_id)
        return _start(request, portfolio, error=TOO_LARGE, status=413)
    return _portfolio_import(request, portfolio_id)


@csrf_protect
def _portfolio_import(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    user = person(request)
    portfolio = selectors.portfolio_to_edit(user, portfolio_id)
    if request.method == "GET":
        return _start(request, portfolio)
    file = request.FILES.get("file")
    if file is None:
        return _start(request, portfolio, error="Choose a file.", status=422)
    try:
        job = services.start_import(
            portfolio=portfolio, user=user, file=file, filename=file.name or "file"
        )
    except ValidationError as error:
        return _start(request, portfolio, error=" ".join(error.messages), status=422)
    return redirect("import-job", portfolio.pk, job.pk)


def _start(
    request: HttpRequest, portfolio: Any, error: str = "", status: int = 200
) -> HttpResponse:
    jobs = selectors.imports_for(person(request)).filter(portfolio=portfolio)
    context = {
        **_head(request, portfolio),
        "error": error,
        "jobs": jobs[:20],
        "max_bytes": MAX_BYTES,
        "too_large": TOO_LARGE,
    }
    return render(request, _PAGE, context, status=status)


def _head(request: HttpRequest, portfolio: Portfolio) -> dict[str, Any]:
    role = selectors.role_of(person(request), portfolio)
    return {"portfolio": portfolio, "role": role, "may_edit": role != "viewer"}


@login_required
@require_safe
def import_job(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """One import as far as it is; `?verdict=` narrows the preview. Its body alone for htmx."""
    job = selectors.import_to_see(person(request), portfolio_id, job_id)
    services.resume_import(job=job)
    return _job(request, job)


def _job(
    request: HttpRequest, job: ImportJob, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **_head(request, job.portfolio),
        **preview(request, job),
        **mapper(request, job),
        "error": error,
    }
    part = request.headers.get("HX-Target") == "import"
    template = "portfolios/parts/import_body.html" if part else "portfolios/import_job.html"
    return render(request, template, context, status=200 if part else status)


@login_required
@require_http_methods(["GET", "POST"])
def import_rows(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """GET: rows that follow. POST: tick or untick one (`id`) or all of a verdict."""
    if request.method == "GET":
        job = selectors.import_to_see(person(request), portfolio_id, job_id)
        return render(request, "portfolios/parts/import_rows.html", preview(request, job))
    job = _editable(request, portfolio_id, job_id)
    given, taken = request.POST, request.POST.get("taken") == "1"
    row = given.get("id", "")
    try:
        if row:
            services.take_rows(job=job, taken=taken, ids=[int(row)] if row.isdecimal() else [])
        else:
            services.take_rows(job=job, taken=taken, verdict=given.get("verdict") or None)
    except ValidationError as error:
        return _job(request, job, error=" ".join(error.messages), status=422)
    if row and by_htmx(request):
        return render(request, "portfolios/parts/import_count.html", preview(request, job))
    return _back(request, job, query=f"?verdict={given.get('verdict', '')}")


@login_required
@require_POST
def import_mapping(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """Read the file otherwise: columns as `column.FIELD`, words as `type.WORD`, options by name."""
    job = _editable(request, portfolio_id, job_id)
    given = request.POST
    options: dict[str, Any] = {
        name: given[name]
        for name in ("decimal", "date_order", "zone", "default_type", "currency", "location")
        if name in given
    }
    columns, types = _named(request, "column."), _named(request, "type.")
    if types:
        said = {word: kind for word, kind in types.items() if kind}
        options["types"] = job.options["types"] | said
    if "asked_unmatched" in given:
        options["unmatched"] = "unmatched" in given
    try:
        services.change_import(
            job=job,
            file_format=given.get("format") or None,
            columns=columns or None,
            options=options,
        )
    except ValidationError as error:
        return _job(request, job, error=" ".join(error.messages), status=422)
    return _back(request, job)


def _named(request: HttpRequest, prefix: str) -> dict[str, str]:
    """The fields of a form whose names begin so, by the rest of their names."""
    given = request.POST.dict()
    return {key.removeprefix(prefix): str(v) for key, v in given.items() if key.startswith(prefix)}


@login_required
@require_POST
def import_commit(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """Write the ticked rows; `wrong=skip` leaves wrong rows out."""
    job = _editable(request, portfolio_id, job_id)
    try:
        if request.POST.get("wrong"):
            services.change_import(job=job, options={"wrong": request.POST["wrong"]})
        services.commit_import(job=job)
    except ValidationError as error:
        return _job(request, job, error=" ".join(error.messages), status=422)
    return _back(request, job)


@login_required
@require_POST
def import_undo(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """Take the import out of the ledger again."""
    job = _editable(request, portfolio_id, job_id)
    try:
        removed = services.undo_import(job=job, user=person(request))
    except ValidationError as error:
        return _job(request, job, error=" ".join(error.messages), status=422)
    messages.success(request, f"The import is undone: {removed} transactions are out again.")
    return redirect("import-job", portfolio_id, job_id)


@login_required
@require_POST
def import_discard(request: HttpRequest, portfolio_id: int, job_id: int) -> HttpResponse:
    """Throw a file away that was not imported."""
    job = _editable(request, portfolio_id, job_id)
    try:
        services.discard_import(job=job)
    except ValidationError as error:
        return _job(request, job, error=" ".join(error.messages), status=422)
    messages.success(request, f"{job.filename} is thrown away. Nothing of it was imported.")
    return redirect("portfolio-import", portfolio_id)


def _editable(request: HttpRequest, portfolio_id: int, job_id: int) -> ImportJob:
    return selectors.import_to_edit(person(request), portfolio_id, job_id)


def _back(request: HttpRequest, job: ImportJob, query: str = "") -> HttpResponse:
    """The job's page anew; htmx gets its body with the job as it is now."""
    if by_htmx(request):
        fresh = selectors.import_to_see(person(request), job.portfolio_id, job.pk)
        return _job(request, fresh)
    return redirect(reverse("import-job", args=[job.portfolio_id, job.pk]) + query)
