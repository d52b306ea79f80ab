"""A large account file is taken in by a worker; the page and the API tell how far it is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from config import account_file, account_jobs, tasks
from config.models import AccountFile
from portfolios.models import Portfolio
from tests.portfolios.conftest import Add

PAGE, API = "/settings/data/", "/api/account/import"


@pytest.fixture
def mate(person: Any) -> User:
    found: User = person("mate")
    return found


@pytest.fixture
def his(mate: User, client: Client) -> Client:
    client.force_login(mate)
    return client


@pytest.fixture
def document(portfolio: Portfolio, add: Add, settings: Settings) -> dict[str, Any]:
    """Three transactions, where more than two are many."""
    settings.ACCOUNT_FILE_AT_ONCE = 2
    for day in (30, 20, 10):
        add("buy", "1", "BTC", day, price="100")
    return account_file.account_document(portfolio.owner)


def sent(document: dict[str, Any]) -> dict[str, Any]:
    return {"file": io.BytesIO(account_file.packed(document))}


def test_the_page_from_file_to_figures(
    his: Client,
    mate: User,
    document: dict[str, Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as asked:
        answer = his.post(PAGE, sent(document))
    assert (answer.status_code, answer["Location"], len(asked)) == (302, PAGE, 1)
    assert not mate.portfolios.exists()
    page = his.get(PAGE).content.decode()
    assert "3 transactions are being taken in" in page
    assert 'hx-trigger="every 2s"' in page
    assert 'id="account-file"' not in page
    again = his.post(PAGE, sent(document))
    assert again.status_code == 422
    assert "Another file is being taken in already." in again.content.decode()
    job = AccountFile.objects.get()
    assert tasks.take_account_in(job.pk)
    assert not tasks.take_account_in(job.pk)
    assert mate.portfolios.get().transactions.count() == 3
    part = his.get(PAGE, headers={"HX-Request": "true", "HX-Target": "taking-in"}).content.decode()
    assert "1 portfolio with 3 transactions came with a file" in part
    assert "hx-trigger" not in part
    assert "<html" not in part
    job.refresh_from_db()
    assert (job.state, job.content) == ("done", None)


def test_the_api_answers_202_and_tells_how_far_it_is(
    his: Client, mate: User, document: dict[str, Any]
) -> None:
    assert his.get(API).status_code == 404
    answer = his.post(API, sent(document))
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    account_jobs.run_account_file(AccountFile.objects.get().pk)
    found = his.get(API).json()
    assert (found["state"], found["transactions"], found["error"]) == ("done", 3, "")
    assert found["made"]["transactions"] == 3
    refused = his.post(API, sent(document))
    assert refused.status_code == 400
    assert "not empty" in refused.json()["error"]["message"]


def test_what_is_wrong_is_told_and_nothing_is_kept(
    his: Client, mate: User, document: dict[str, Any]
) -> None:
    document["portfolios"][0]["transactions"][1]["quantity"] = "-1"
    his.post(API, sent(document))
    account_jobs.run_account_file(AccountFile.objects.get().pk)
    assert his.get(API).json()["state"] == "failed"
    page = his.get(PAGE).content.decode()
    assert "portfolios.0.transactions.1.quantity: Must be greater than zero." in page
    assert 'id="account-file"' in page
    assert account_file.is_empty(mate)


def test_few_are_taken_in_at_once(
    his: Client, mate: User, document: dict[str, Any], settings: Settings
) -> None:
    settings.ACCOUNT_FILE_AT_ONCE = 3
    assert his.post(API, sent(document)).status_code == 201
    assert mate.portfolios.get().transactions.count() == 3
    assert not AccountFile.objects.exists()


def test_a_stranger_hears_nothing_of_it(
    his: Client, document: dict[str, Any], stranger: User
) -> None:
    his.post(API, sent(document))
    theirs = Client()
    theirs.force_login(stranger)
    assert theirs.get(API).status_code == 404
    assert "being taken in" not in theirs.get(PAGE).content.decode()


def test_a_lost_task_is_sent_anew_by_who_waits(
    his: Client, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    his.post(API, sent(document))
    job = AccountFile.objects.get()
    asked: list[int] = []
    monkeypatch.setattr(account_jobs, "_send", asked.append)
    account_jobs.resume_account_file(job)
    account_jobs.resume_account_file(job)  # not twice in half a minute
    assert asked == [job.pk]
    account_jobs.run_account_file(job.pk)
    job.refresh_from_db()
    account_jobs.resume_account_file(job)
    assert asked == [job.pk]
