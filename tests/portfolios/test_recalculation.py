"""Another basis, reckoned in the background: whole or not at all, whatever befalls the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from redis import Redis

from accounts.models import User
from portfolios import services
from portfolios.models import (
    Disposal,
    Holding,
    Lot,
    Portfolio,
    Recalculation,
    TransactionChange,
)
from tests.portfolios.conftest import Add

D = Decimal


@pytest.fixture
def traded(add: Add, portfolio: Portfolio) -> Portfolio:
    add("buy", "1", "BTC", 50, price="100")
    add("buy", "1", "BTC", 40, price="300")
    add("sell", "1", "BTC", 10, price="400")
    return portfolio


def realised() -> Decimal:
    return Holding.objects.get().realised


@pytest.mark.django_db
def test_old_figures_stand_until_it_is_done(traded: Portfolio, owner: User) -> None:
    job = services.request_recalculation(portfolio=traded, user=owner, method="lifo")
    assert (job.state, job.realised_before, realised()) == ("waiting", D(300), D(300))
    assert services.run_recalculation(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 1, 1)
    assert (job.realised_after, realised()) == (D(100), D(100))
    traded.refresh_from_db()
    assert traded.basis_method == "lifo"
    assert not services.run_recalculation(job.pk)


@pytest.mark.django_db
def test_one_at_a_time_and_the_last_wish_counts(traded: Portfolio, owner: User) -> None:
    first = services.request_recalculation(portfolio=traded, user=owner, method="lifo")
    again = services.request_recalculation(
        portfolio=traded, user=owner, method="acb", elections={2020: "fifo"}
    )
    assert again.pk == first.pk
    services.run_recalculation(first.pk)
    assert realised() == 200
    assert services.settings_of(Portfolio.objects.get(pk=traded.pk)) == {
        "method": "acb",
        "scope": "portfolio",
        "tax_year_start": "01-01",
        "elections": {"2020": "fifo"},
    }
    kept = services.request_recalculation(portfolio=traded, user=owner, scope="portfolio")
    assert kept.wanted["method"] == "acb"


@pytest.mark.django_db
def test_what_cannot_be_is_said_and_changes_nothing(
    traded: Portfolio, owner: User, add: Add
) -> None:
    add("buy", "1", "BTC", 9, price="1", location="Kraken")
    add("sell", "1", "BTC", 5, price="1", location="Cold")
    job = services.request_recalculation(portfolio=traded, user=owner, scope="location")
    services.run_recalculation(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Only 0 BTC is held at Cold" in job.error
    traded.refresh_from_db()
    assert traded.basis_scope == "portfolio"
    with pytest.raises(ValidationError):
        services.request_recalculation(portfolio=traded, user=owner, method="best")


@pytest.mark.django_db
def test_a_cycle_asks_again_for_what_was_lost(
    traded: Portfolio, owner: User, valkey: Redis
) -> None:
    job = services.request_recalculation(portfolio=traded, user=owner, method="lifo")
    assert services.take_up_recalculations() == 0
    Recalculation.objects.update(created_at=job.created_at - services.recalculation.OVERDUE)
    waiting = valkey.llen("maintenance")
    assert services.take_up_recalculations() == 1
    assert valkey.llen("maintenance") == waiting + 1
    assert services.take_up_recalculations() == 0


_WORKER = """
import django; django.setup()
from django.db import connection
import time
from portfolios import ledger
from portfolios.services import recalculation
from portfolios.ledger import writing
whole = writing.copy_rows
def stuck(model, columns, rows):
    whole(model, columns, rows)
    print("half", flush=True)
    time.sleep(60)
writing.copy_rows = stuck
recalculation.run_recalculation(JOB)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_half(traded: Portfolio, owner: User) -> None:
    """Killed with lots deleted and written and no disposals yet; another one does it all."""
    job = services.request_recalculation(portfolio=traded, user=owner, method="lifo")
    before = sorted(Lot.objects.values_list("pk", "remaining", "basis"))
    database = connection.settings_dict
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    name = f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}"
    code = f"from django.conf import settings; {name}"
    worker = subprocess.Popen(
        [sys.executable, "-c", code + _WORKER.replace("JOB", str(job.pk))],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "half\n"
    assert not services.run_recalculation(job.pk)  # somebody is at it
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    job.refresh_from_db()
    assert (job.state, realised()) == ("running", D(300))
    assert sorted(Lot.objects.values_list("pk", "remaining", "basis")) == before
    deadline = time.monotonic() + 20
    while not services.run_recalculation(job.pk):  # until PostgreSQL sees that it is gone
        assert time.monotonic() < deadline
        time.sleep(0.1)
    job.refresh_from_db()
    assert (job.state, realised(), Disposal.objects.count()) == ("done", D(100), 1)


@pytest.mark.django_db
def test_dialogs(client: Client, traded: Portfolio, owner: User, mate: User) -> None:
    client.force_login(owner)
    url = f"/portfolios/{traded.pk}/basis/"
    assert "Another method in single tax years" in client.get(url).content.decode()
    year = Disposal.objects.get().transaction.executed_at.year
    form: dict[str, Any] = {"method": "specific", "scope": "portfolio", "tax_year_start": "01-01"}
    wrong = client.post(url, {**form, "tax_year_start": "02-30"}, HTTP_HX_REQUEST="true")
    assert "Enter month and day" in wrong.content.decode()
    answer = client.post(url, {**form, f"year_{year}": "specific"}, HTTP_HX_REQUEST="true")
    assert "Waiting for a worker" in answer.content.decode()
    services.run_recalculation(Recalculation.objects.get().pk)
    progress = client.get(f"{url}progress/")
    assert "Reckoned anew" in progress.content.decode()
    assert "portfolio-changed" in progress["HX-Trigger"]
    sale = Disposal.objects.get().transaction
    newest = Lot.objects.latest("acquired_at").opened_by_id
    lots = f"/portfolios/{traded.pk}/transactions/{sale.pk}/lots/"
    assert "What you do not choose" in client.get(lots).content.decode()
    refused = client.post(lots, {f"lot_{newest}": "7"}, HTTP_HX_REQUEST="true")
    assert "Only 1 was left" in refused.content.decode()
    saved = client.post(lots, {f"lot_{newest}": "1"}, HTTP_HX_REQUEST="true")
    assert (saved.status_code, realised()) == (204, D(100))
    assert (TransactionChange.objects.latest("pk").after or {})["lots"] == [[newest, "1"]]
    client.force_login(mate)
    assert [client.get(path).status_code for path in (url, lots, f"{url}progress/")] == [404] * 3
