"""The import over REST: upload, preview, changes, commit, undo; who may, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portfolios import services
from portfolios.models import ImportJob, ImportMapping, Portfolio, Share
from tests.portfolios.conftest import days_ago

HEADER = "Date,Type,Asset,Quantity,Price,Currency\n"
TEXT = f"{HEADER}{days_ago(9)} 10:00,buy,BTC,2,50000,USD\n" + "".join(
    f"{days_ago(8)} 10:{minute:02d},sell,BTC,0.{minute + 1:03d},51000,USD\n" for minute in range(60)
)  # fmt: skip


@pytest.fixture
def hers(owner: User, client: Client) -> Client:
    client.force_login(owner)
    return client


def start(client: Client, portfolio: Portfolio, text: str = TEXT, **options: Any) -> dict[str, Any]:
    file = io.BytesIO(text.encode())
    file.name = "mine.csv"
    answer = client.post(f"/api/portfolios/{portfolio.pk}/import", {"file": file, **options})
    assert answer.status_code == 201, answer.json()
    services.read_import(answer.json()["id"])
    found: dict[str, Any] = answer.json()
    return found


def test_the_whole_way(hers: Client, portfolio: Portfolio) -> None:
    job = start(hers, portfolio)
    assert (job["format"], job["state"]) == ("generic", "uploaded")
    base = f"/api/portfolios/{portfolio.pk}/imports"
    one = f"{base}/{job['id']}"
    now = hers.get(one).json()
    assert (now["state"], now["verdicts"]["new"], now["taken"]) == ("ready", 61, 61)
    page = hers.get(f"{one}/rows", {"page_size": 40}).json()
    assert [row["line"] for row in page["results"]][:2] == [2, 3]
    assert len(hers.get(page["next"]).json()["results"]) == 21
    assert hers.get(f"{one}/rows?verdict=wrong").json()["results"] == []
    assert hers.get(f"{one}/rows?verdict=odd").json()["error"]["fields"]["verdict"]
    row = page["results"][-1]
    changed = hers.patch(
        one, {"taken": False, "rows": [row["id"]]}, content_type="application/json"
    )
    assert changed.json()["taken"] == 60
    assert hers.post(f"{one}/commit").status_code == 202
    services.write_import(job["id"])
    done = hers.get(one).json()
    assert (done["state"], done["added"]) == ("done", 60)
    assert hers.post(f"{one}/commit").json()["error"]["fields"]["state"]
    assert [row["id"] for row in hers.get(base).json()["results"]] == [job["id"]]
    assert hers.post(f"{one}/undo").json() == {"removed": 60}
    assert hers.get(one).json()["state"] == "undone"


def test_options_with_the_upload(hers: Client, portfolio: Portfolio) -> None:
    text = f"A;B;C\n{days_ago(3):%d/%m/%Y} 10:00;1,5;BTC\n"
    columns = '{"executed_at": "A", "quantity": "B", "symbol": "C"}'
    options = {"columns": columns, "decimal": ",", "date_order": "dmy", "default_type": "deposit"}
    job = start(hers, portfolio, text, **options, zone="Europe/Berlin", unmatched="true")
    row = hers.get(f"/api/portfolios/{portfolio.pk}/imports/{job['id']}/rows").json()["results"][0]
    assert (row["verdict"], row["content"]["quantity"]) == ("new", "1.5")
    assert row["content"]["executed_at"].endswith("T09:00:00+00:00")
    assert not ImportMapping.objects.exists()  # remembered once a person confirms it


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"format": "excel"}, "format"),
        ({"columns": "[1]"}, "columns"),
        ({"columns": '{"symbol": "Nowhere"}'}, "columns"),
        ({"columns": '{"colour": "Asset"}'}, "columns"),
        ({"decimal": "x"}, "decimal"),
        ({"date_order": "ddd"}, "date_order"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"types": '{"buy": "hodl"}'}, "types"),
        ({"default_type": "hodl"}, "default_type"),
        ({"wrong": "maybe"}, "wrong"),
        ({"file": ""}, "file"),
    ],
)
def test_a_bad_option_is_named(
    options: dict[str, str], field: str, hers: Client, portfolio: Portfolio
) -> None:
    file = io.BytesIO(TEXT.encode())
    file.name = "mine.csv"
    url = f"/api/portfolios/{portfolio.pk}/import"
    answer = hers.post(url, {"file": file, **options})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not ImportJob.objects.exists()


def test_a_change_reads_again(hers: Client, portfolio: Portfolio) -> None:
    job = start(hers, portfolio, TEXT.replace(",2,50000", ",1,50000"))
    one = f"/api/portfolios/{portfolio.pk}/imports/{job['id']}"
    wrong = hers.get(one).json()["verdicts"]["wrong"]
    assert wrong
    assert "Only" in hers.get(f"{one}/rows?verdict=wrong").json()["results"][0]["errors"][0][1]
    changed = hers.patch(one, {"options": {"unmatched": True}}, content_type="application/json")
    assert changed.json()["state"] == "uploaded"
    services.read_import(job["id"])
    assert hers.get(one).json()["verdicts"]["wrong"] == 0
    hers.post(f"{one}/commit")
    services.write_import(job["id"])
    unmatched = portfolio.transactions.filter(unmatched=True)
    assert set(unmatched.values_list("type", flat=True)) == {"sell"}
    assert 0 < unmatched.count() < 60  # those that are short, and no others
    assert portfolio.holdings.get(asset__symbol="BTC").quantity == 0
    assert hers.delete(one).json()["error"]["fields"]["state"]


def test_a_viewer_reads_and_does_not_write(
    hers: Client, portfolio: Portfolio, owner: User, mate: User
) -> None:
    job = start(hers, portfolio)
    Share.objects.create(
        portfolio=portfolio, email=mate.email, user=mate, role="viewer", invited_by=owner,
        accepted_at=portfolio.created_at,
    )  # fmt: skip
    his = Client()
    his.force_login(mate)
    one = f"/api/portfolios/{portfolio.pk}/imports/{job['id']}"
    assert his.get(one).status_code == 200
    assert his.get(f"/api/portfolios/{portfolio.pk}/export").status_code == 200
    for method, path in [
        ("patch", one), ("delete", one), ("post", f"{one}/commit"), ("post", f"{one}/undo"),
        ("post", f"/api/portfolios/{portfolio.pk}/import"),
    ]:  # fmt: skip
        assert getattr(his, method)(path).status_code == 403, path
    assert ImportJob.objects.get().state == "ready"


def test_an_editor_whose_share_ends_writes_nothing(
    hers: Client, portfolio: Portfolio, owner: User, mate: User
) -> None:
    share = Share.objects.create(
        portfolio=portfolio, email=mate.email, user=mate, role="editor", invited_by=owner,
        accepted_at=portfolio.created_at,
    )  # fmt: skip
    his = Client()
    his.force_login(mate)
    job = start(his, portfolio)
    assert his.post(f"/api/portfolios/{portfolio.pk}/imports/{job['id']}/commit").status_code == 202
    share.delete()
    services.write_import(job["id"])
    assert not portfolio.transactions.exists()
    assert "may not edit" in ImportJob.objects.get().error


@pytest.mark.parametrize("name", ["importjob", "importmapping"])
def test_the_operator_looks_at_imports(
    name: str, hers: Client, portfolio: Portfolio, admin_client: Client
) -> None:
    job = start(hers, portfolio)
    services.change_import(job=ImportJob.objects.get(pk=job["id"]), options={"zone": "UTC"})
    assert admin_client.get(reverse(f"admin:portfolios_{name}_changelist")).status_code == 200
    pk = ImportJob.objects.get().pk if name == "importjob" else ImportMapping.objects.get().pk
    page = admin_client.get(reverse(f"admin:portfolios_{name}_change", args=[pk]))
    assert page.status_code == 200
    assert admin_client.get(reverse(f"admin:portfolios_{name}_add")).status_code == 403
