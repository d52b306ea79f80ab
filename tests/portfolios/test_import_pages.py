"""The wizard and the reports in the browser's terms: what each page says and refuses."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Privacy, User
from portfolios import services
from portfolios.models import ImportJob, ImportState, Portfolio, Share, Transaction
from tests.portfolios.conftest import Add, days_ago

TEXT = (
    f"Date,Type,Asset,Quantity,Price,Currency\n{days_ago(9)} 10:00,buy,BTC,2,50000,USD\n"
    f"{days_ago(8)} 10:00,sell,BTC,5,51000,USD\n{days_ago(7)} 10:00,sell,BTC,1,52000,USD\n"
)


@pytest.fixture
def hers(owner: User, client: Client) -> Client:
    client.force_login(owner)
    return client


def send(client: Client, portfolio: Portfolio, text: str | bytes, name: str = "a.csv") -> ImportJob:
    raw = text.encode() if isinstance(text, str) else text
    answer = client.post(
        reverse("portfolio-import", args=[portfolio.pk]), {"file": SimpleUploadedFile(name, raw)}
    )
    assert answer.status_code == 302, answer.content.decode()
    job = ImportJob.objects.latest("pk")
    services.read_import(job.pk)
    return ImportJob.objects.get(pk=job.pk)


def page_of(job: ImportJob) -> str:
    return reverse("import-job", args=[job.portfolio_id, job.pk])


def test_the_wizard_from_file_to_undo(hers: Client, portfolio: Portfolio) -> None:
    job = send(hers, portfolio, TEXT)
    page = hers.get(page_of(job)).content.decode()
    assert "Only 2 BTC is held" in page
    assert "1 row cannot be imported" in page
    refused = hers.post(f"{page_of(job)}commit/", {"wrong": "refuse"})
    assert refused.status_code == 422
    assert not Transaction.objects.exists()
    hers.post(f"{page_of(job)}commit/", {"wrong": "skip"})
    assert 'hx-trigger="every 1s"' in hers.get(page_of(job)).content.decode()
    services.write_import(job.pk)
    assert "2 <small>transactions imported" in hers.get(page_of(job)).content.decode()
    hers.post(f"{page_of(job)}undo/")
    assert not Transaction.objects.exists()
    assert "was undone" in hers.get(page_of(job)).content.decode()


def test_rows_are_ticked_and_the_unmatched_accepted(hers: Client, portfolio: Portfolio) -> None:
    job = send(hers, portfolio, TEXT)
    row = job.lines.filter(verdict="new").order_by("-line")[0]
    answer = hers.post(f"{page_of(job)}rows/", {"id": row.pk}, headers={"HX-Request": "true"})
    assert ">of 2 rows will be imported" in answer.content.decode()
    hers.post(f"{page_of(job)}mapping/", {"asked_unmatched": "1", "unmatched": "1"})
    services.read_import(job.pk)
    job.refresh_from_db()
    assert job.summary["verdicts"]["new"] == 3


def test_what_is_no_csv_file_is_said_on_the_field(hers: Client, portfolio: Portfolio) -> None:
    url = reverse("portfolio-import", args=[portfolio.pk])
    for raw, words in [(b"<html>", "web page"), (b"", "empty"), (b"PK\x03\x04x", "Excel workbook")]:
        answer = hers.post(url, {"file": SimpleUploadedFile("a.csv", raw)})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_viewer_looks_and_does_not_import(
    portfolio: Portfolio, mate: User, owner: User, hers: Client
) -> None:
    job = send(hers, portfolio, TEXT)
    Share.objects.create(
        portfolio=portfolio, email=mate.email, user=mate, role="viewer", invited_by=owner,
        accepted_at=job.created_at,
    )  # fmt: skip
    his = Client()
    his.force_login(mate)
    assert his.get(page_of(job)).status_code == 200
    assert his.get(reverse("portfolio-reports", args=[portfolio.pk])).status_code == 200
    for path in ("rows", "mapping", "commit", "undo", "discard"):
        assert his.post(f"{page_of(job)}{path}/", {"taken": "0"}).status_code == 403
    assert his.get(reverse("portfolio-import", args=[portfolio.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == ImportState.READY


def test_the_report_says_the_year(hers: Client, portfolio: Portfolio, add: Add) -> None:
    add("buy", "2", "BTC", 60, price="100", currency="USD")
    add("sell", "1", "BTC", 5, price="150", currency="USD", fee="10")
    add("reward", "3", "ETH", 4, price="7", currency="USD")
    url = reverse("portfolio-reports", args=[portfolio.pk])
    year = days_ago(5).year
    page = hers.get(url, {"year": year}).content.decode()
    assert 'value="40"' in page
    assert 'value="21"' in page
    assert hers.get(url, {"year": "1999"}).status_code == 404
    printed = hers.get(reverse("portfolio-gains-report", args=[portfolio.pk])).content.decode()
    assert "Gain of the year" in printed
    sheet = hers.get(reverse("portfolio-gains-csv", args=[portfolio.pk]))
    lines = b"".join(sheet).decode().splitlines()
    assert ",150,10,140,100,40," in lines[1]
    assert lines[2].startswith("income,")


def test_privacy_hides_amounts_everywhere(
    hers: Client, owner: User, portfolio: Portfolio, add: Add
) -> None:
    add("buy", "2", "BTC", 60, price="88765", currency="USD")
    add("sell", "1", "BTC", 5, price="99876", currency="USD")
    job = send(hers, portfolio, TEXT.replace("BTC,5,", "BTC,98765,"))
    owner.preferences.privacy = Privacy.AMOUNTS
    owner.preferences.save()
    for url in (
        page_of(job),
        reverse("portfolio-reports", args=[portfolio.pk]),
        reverse("portfolio-gains-report", args=[portfolio.pk]),
        reverse("portfolio-gains-csv", args=[portfolio.pk]),
    ):
        answer = hers.get(url)
        body = b"".join(answer) if answer.streaming else answer.content
        assert "98765" not in body.decode().replace(",", ""), url
        assert "11111" not in body.decode().replace(",", ""), url


def test_an_empty_portfolio_has_empty_reports(hers: Client, portfolio: Portfolio) -> None:
    page = hers.get(reverse("portfolio-reports", args=[portfolio.pk])).content.decode()
    assert "Nothing to report yet" in page
    assert page.count("<h1") == 1
    assert hers.get(reverse("portfolio-import", args=[portfolio.pk])).status_code == 200
