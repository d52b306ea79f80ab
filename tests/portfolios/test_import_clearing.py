"""Uploads that were never imported, and previews of those that were, do not stay for ever."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portfolios import services, tasks
from portfolios.models import ImportJob, ImportRow, ImportState, Portfolio
from tests.portfolios.conftest import days_ago

TEXT = f"Date,Type,Asset,Quantity,Price,Currency\n{days_ago(9)} 10:00,buy,BTC,{{}},50000,USD\n"


def ready(portfolio: Portfolio, quantity: str) -> ImportJob:
    file = io.BytesIO(TEXT.format(quantity).encode())
    job = services.start_import(
        portfolio=portfolio, user=portfolio.owner, file=file, filename=f"{quantity}.csv"
    )
    services.read_import(job.pk)
    job.refresh_from_db()
    assert job.state == ImportState.READY
    return job


def done(portfolio: Portfolio, quantity: str) -> ImportJob:
    job = ready(portfolio, quantity)
    services.commit_import(job=job)
    services.write_import(job.pk)
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    return job


def age(job: ImportJob, days: float) -> None:
    """As if it had come, and had been finished, that many days ago."""
    at = timezone.now() - timedelta(days=days)
    ImportJob.objects.filter(pk=job.pk).update(created_at=at)
    ImportJob.objects.filter(pk=job.pk, finished_at__isnull=False).update(finished_at=at)


def test_what_is_forgotten_and_what_stays(portfolio: Portfolio) -> None:
    jobs = {name: ready(portfolio, name) for name in ("1", "2")}
    jobs |= {name: done(portfolio, name) for name in ("3", "4", "5")}
    services.undo_import(job=jobs["5"], user=portfolio.owner)
    for name, days in {"1": 30.1, "2": 29.9, "3": 30.1, "4": 29.9, "5": 30.1}.items():
        age(jobs[name], days)
    ImportJob.objects.filter(pk=jobs["1"].pk).update(finished_at=None)
    assert tasks.clear_imports() == 3
    kept = set(ImportJob.objects.values_list("filename", flat=True))
    assert kept == {"2.csv", "3.csv", "4.csv", "5.csv"}
    with_rows = set(ImportRow.objects.values_list("job__filename", flat=True))
    assert with_rows == {"2.csv", "4.csv"}
    assert portfolio.transactions.count() == 2
    assert tasks.clear_imports() == 0
    old = ImportJob.objects.get(filename="3.csv")
    assert services.undo_import(job=old, user=portfolio.owner) == 1


@pytest.mark.parametrize("state", [ImportState.UPLOADED, ImportState.READING, ImportState.FAILED])
def test_no_state_keeps_a_file_but_the_one_of_writing(
    portfolio: Portfolio, state: ImportState
) -> None:
    forgotten, writing = ready(portfolio, "1"), ready(portfolio, "2")
    ImportJob.objects.filter(pk=forgotten.pk).update(state=state)
    ImportJob.objects.filter(pk=writing.pk).update(state=ImportState.WRITING)
    for job in (forgotten, writing):
        age(job, 31)
    assert services.clear_imports() == (1, 0)
    assert ImportJob.objects.get().pk == writing.pk


def test_the_days_are_a_setting(portfolio: Portfolio, settings: Settings) -> None:
    age(ready(portfolio, "1"), 5)
    assert services.clear_imports() == (0, 0)
    settings.IMPORT_ROWS_KEPT_DAYS = 4
    assert services.clear_imports() == (1, 0)


def test_the_page_says_that_the_rows_are_gone(portfolio: Portfolio, client: Client) -> None:
    client.force_login(portfolio.owner)
    job = done(portfolio, "1")
    path = f"/portfolios/{portfolio.pk}/imports/{job.pk}/"
    gone = "They were kept for 30 days and are gone now."
    assert gone not in client.get(path).content.decode()
    age(job, 31)
    services.clear_imports()
    page = client.get(path).content.decode()
    assert gone in page
    assert "transaction imported" in page
    assert "<table" not in page
    listed = client.get(f"/api/portfolios/{portfolio.pk}/imports/{job.pk}/rows").json()
    assert listed["results"] == []
