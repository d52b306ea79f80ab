"""Damaged files: each is told by row and column, or as a whole, and nothing of it is written."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from accounts.models import User
from portfolios import services
from portfolios.api.imports import FileTooLarge, Import
from portfolios.models import ImportJob, ImportState, Portfolio, Transaction
from tests.portfolios.conftest import days_ago
from tests.portfolios.test_imports import read, upload

HEADER = "Date,Type,Asset,Quantity,Price,Currency,Note"
DAY = days_ago(9).isoformat()
GOOD = f"{DAY} 10:00:00,buy,BTC,1,100.5,USD,fine"


def line(**changed: str) -> str:
    """A good row with some cells changed."""
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
    return ",".join(cells[name] for name in HEADER.split(","))


def file(*rows: str) -> bytes:
    return "\n".join([HEADER, GOOD, *rows]).encode()


@dataclass(frozen=True)
class Whole:
    """A file that cannot be read at all, and the words that say why."""

    name: str
    content: bytes
    words: str


WHOLE = [
    Whole("empty", b"", "The file is empty"),
    Whole("blank lines", b"\n\n \n", "The file is empty"),
    Whole("header only", HEADER.encode(), "a header and no rows"),
    Whole("HTML", b"<!doctype html><html><body>Sign in</body></html>", "web page"),
    Whole("JSON", b'{"error": "expired"}', "JSON"),
    Whole("Excel", b"PK\x03\x04\x14\x00\x06\x00", "Excel workbook"),
    Whole("PDF", b"%PDF-1.7 ...", "PDF"),
    Whole("gzip", b"\x1f\x8b\x08\x00", "compressed"),
    Whole("one column", b"a\nb\nc\n", "No columns can be told apart"),
    Whole("no header", f"{GOOD}\n{GOOD}\n".encode(), "Line 1: this looks like a row"),
    Whole(
        "wrong encoding",
        file(line(Note="x")).replace(b",x", b",\x81\x8d\xff"),
        "no text in UTF-8 or Windows-1252",
    ),
    Whole("broken UTF-16", "a,b\n1,2".encode("utf-16") + b"\x00", "no text in UTF-16"),
    Whole("endless quote", file('"' + "x" * 200_000), "a quoted text that begins here never ends"),
    Whole(
        "duplicate header of a known format",
        b"Date(UTC),Pair,Side,Price,Executed,Amount,Fee,Price\n2024-01-01,a,b,c,d,e,f,g\n",
        "is there twice",
    ),
]


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_a_file_that_cannot_be_read(case: Whole, portfolio: Portfolio) -> None:
    with pytest.raises(ValidationError) as refused:
        upload(portfolio, case.content)
    assert case.words in refused.value.message_dict["file"][0]
    assert not ImportJob.objects.exists()


@dataclass(frozen=True)
class Broken:
    """A row that is wrong in one column."""

    name: str
    row: str
    column: str
    words: str


FUTURE = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d %H:%M:%S}"
BROKEN = [
    Broken("half a row", f"{DAY} 10:00:00,buy,BT", "Quantity", "ends after 3 of 7 columns"),
    Broken("too many cells", f"{GOOD},more", "Note", "8 cells for 7 columns"),
    Broken("bad date", line(Date="2026-02-31 10:00"), "Date", "no date and time"),
    Broken("words for a date", line(Date="yesterday"), "Date", "no date and time"),
    Broken("future date", line(Date=FUTURE), "Date", "in the future"),
    Broken("before Bitcoin", line(Date="1999-01-01 10:00"), "Date", "before the first coin"),
    Broken("unknown symbol", line(Asset="BTX"), "Asset", "Did you mean"),
    Broken("no symbol", line(Asset=""), "Asset", "Is empty"),
    Broken("negative quantity", line(Quantity="-1"), "Quantity", "greater than zero"),
    Broken("zero quantity", line(Quantity="0"), "Quantity", "greater than zero"),
    Broken("no quantity", line(Quantity=""), "Quantity", "Is empty"),
    Broken("NaN", line(Quantity="NaN"), "Quantity", "no number"),
    Broken("infinity", line(Quantity="inf"), "Quantity", "no number"),
    Broken("1e400", line(Quantity="1e400"), "Quantity", "18 digits before"),
    Broken("1e-400", line(Quantity="1e-400"), "Quantity", "18 decimals"),
    Broken("decimal comma mix-up", line(Price='"1.234,50"'), "Price", "decimal point"),
    Broken("thousands in twos", line(Price='"1,23"'), "Price", "decimal point"),
    Broken("no price", line(Price=""), "Price", "needs its price"),
    Broken("unknown currency", line(Currency="XQX"), "Currency", "No asset is known"),
    Broken("unknown type", line(Type="hodl"), "Type", "say what it means"),
    Broken("NUL", line(Note="a\x00b"), "Note", "cannot be stored"),
    Broken("sold what is not held", line(Type="sell", Quantity="5"), "Quantity", "Only 1 BTC"),
    Broken("wrong column", f"BTC,buy,{DAY} 10:00:00,1,100,USD,", "Date", "no date and time"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_broken_row(case: Broken, portfolio: Portfolio) -> None:
    """The row and its column are named; the good row beside it is not written either."""
    job = upload(portfolio, file(case.row))
    found = job.lines.get(line=3)
    assert found.verdict == "wrong", found.content
    column, words = found.errors[0]
    assert (column, case.words in words) == (case.column, True), words
    assert job.lines.get(line=2).verdict == "new"
    with pytest.raises(ValidationError, match="1 row is wrong"):
        services.commit_import(job=job)
    assert not Transaction.objects.exists()


def test_one_bad_row_of_ten_thousand(portfolio: Portfolio) -> None:
    """It is found, refused as a whole, and left out where the person says so."""
    rows = [line(Note=f"n{n}") for n in range(10_000)]
    rows[7_776] = line(Quantity="one")
    job = upload(portfolio, file(*rows))
    assert list(job.lines.filter(verdict="wrong").values_list("line", flat=True)) == [7_779]
    with pytest.raises(ValidationError, match="1 row is wrong"):
        services.commit_import(job=job)
    assert not Transaction.objects.exists()
    services.change_import(job=job, options={"wrong": "skip"})
    services.commit_import(job=job)
    services.write_import(job.pk)
    assert portfolio.transactions.count() == 10_000


def test_text_that_looks_like_a_formula_stays_text(portfolio: Portfolio) -> None:
    job = upload(portfolio, file(line(Note='"=HYPERLINK(""http://evil"",""x"")"')))
    services.commit_import(job=job)
    services.write_import(job.pk)
    notes = set(portfolio.transactions.values_list("note", flat=True))
    assert notes == {"fine", '=HYPERLINK("http://evil","x")'}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_other_encodings_are_read(encoding: str, portfolio: Portfolio) -> None:
    content = file(line(Note="Gebühr €")).decode().encode(encoding)
    job = upload(portfolio, content)
    assert (job.lines.get(line=3).content or {})["note"] == "Gebühr €"


def test_a_quoted_text_may_hold_line_ends(portfolio: Portfolio) -> None:
    job = upload(portfolio, file(line(Note='"two\nlines"'), line(Note="after")))
    assert [(row.line, row.verdict) for row in job.lines.all()] == [
        (2, "new"),
        (3, "new"),
        (5, "new"),
    ]


class Announced(io.BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


def test_200_megabytes_are_refused_unread(owner: User, portfolio: Portfolio) -> None:
    """By the length that the request announces: 413 with the reason, on the API and the page."""
    request = RequestFactory().post(f"/api/portfolios/{portfolio.pk}/import")
    request.META |= {"CONTENT_LENGTH": str(200 * 1024 * 1024), "wsgi.input": Announced()}
    request._stream = Announced()
    request.user = owner
    answer = Import.as_view()(request, portfolio_id=portfolio.pk)
    assert answer.status_code == FileTooLarge.status_code == 413
    client = Client()
    client.force_login(owner)
    page = client.post(
        f"/portfolios/{portfolio.pk}/import/",
        {"file": SimpleUploadedFile("a.csv", GOOD.encode())},
        CONTENT_LENGTH=str(200 * 1024 * 1024),
    )
    assert page.status_code == 413
    assert "larger than 50 MB" in page.content.decode()


def test_a_file_that_hides_its_length_is_cut_off(
    portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolios.services.imports.starting.MAX_BYTES", 100)
    with pytest.raises(ValidationError, match="larger than"):
        upload(portfolio, file(*[GOOD] * 10))


def test_too_many_rows(portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolios.formats.reading.MAX_ROWS", 3)
    with pytest.raises(ValidationError, match="more than 3 rows"):
        upload(portfolio, file(GOOD, GOOD, GOOD))


def test_a_killed_worker_leaves_a_job_that_goes_on(portfolio: Portfolio) -> None:
    """Reading begins anew; what was half read is not there twice."""
    job = upload(portfolio, file())
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.READING, done=1)
    job = read(job)
    assert (job.state, job.lines.count()) == (ImportState.READY, 1)
    services.commit_import(job=job)
    services.write_import(job.pk)
    services.write_import(job.pk)  # the message comes twice: the second finds nothing to do
    assert portfolio.transactions.count() == 1
