"""`/api/risk/limits`: complete, field errors, nothing of another person's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from alerts.selectors import load_lines
from config import pipeline
from risk import services
from risk.models import Breach
from tests.risk.conftest import Hold

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, content_type="application/json")


def test_drawn_changed_restored_and_removed(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    body = {"measure": "var", "threshold": 0.01, "portfolio": portfolio.pk, "confidence": 0.99}
    refused = post(mine, "/api/risk/limits", body | {"confidence": 0.2})
    assert list(refused.json()["error"]["fields"]) == ["confidence"]
    made = post(mine, "/api/risk/limits", body | {"confidence": 0.9}).json()
    assert (made["title"], made["unit"], made["state"]) == ("1-day VaR 90 %", "percent", "over")
    assert made["distance"] == pytest.approx(0.01 - made["value"])
    path = f"/api/risk/limits/{made['id']}"
    assert mine.get(path).json() == made
    assert mine.get("/api/risk/limits").json()["results"] == [made]
    plan = mine.get(f"{path}/restore?fee_rate=0.002&least_order=25").json()
    assert plan["fee_rate"] == 0.002
    assert plan["after"] <= 0.01
    assert float(plan["fee"]) == pytest.approx(float(plan["sold"]) * 0.002)
    (breach,) = mine.get("/api/risk/limits/breaches").json()["results"]
    assert (breach["limit"], breach["closed_at"]) == (made["id"], None)
    changed = mine.patch(path, {"threshold": 0.5}, content_type="application/json").json()
    assert changed["state"] == "ok"
    assert mine.get("/api/risk/limits/breaches").json()["results"][0]["closed_at"]
    assert mine.get(f"{path}/restore").json()["reason"] == "It is not breached."
    assert mine.delete(path).status_code == 204
    assert mine.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measure": "luck"}, "measure"),
        ({"threshold": "much"}, "threshold"),
        ({"threshold": 8}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"portfolio": 2**70}, "portfolio"),
        ({"portfolio": 999_999}, "portfolio"),
        ({"symbol": "NOSUCH"}, "symbol"),
        ({"horizon": 31}, "horizon"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_bad_fields_are_named(
    mine: Client, market: list[str], change: dict[str, Any], field: str
) -> None:
    answer = post(mine, "/api/risk/limits", {"measure": "cvar", "threshold": 0.1} | change)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


@pytest.mark.parametrize("query", ["fee_rate=2", "fee_rate=x", "least_order=-1"])
def test_bad_costs_are_named(mine: Client, owner: User, market: list[str], query: str) -> None:
    limit = services.create_limit(owner=owner, measure="var", threshold=0.1)
    answer = mine.get(f"/api/risk/limits/{limit.pk}/restore?{query}")
    assert list(answer.json()["error"]["fields"]) == [query.partition("=")[0]]


def test_lists_are_ones_own(
    client: Client, owner: User, stranger: User, market: list[str], hold: Hold
) -> None:
    services.create_limit(owner=owner, measure="var", threshold=0.001, portfolio=hold(HELD).pk)
    client.force_login(stranger)
    assert client.get("/api/risk/limits").json()["results"] == []
    assert client.get("/api/risk/limits/breaches").json()["results"] == []
    assert load_lines(stranger) == []


def test_a_cycle_judges_limits(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    limit = services.create_limit(
        owner=owner, measure="var", threshold=0.001, portfolio=portfolio.pk
    )
    Breach.objects.all().delete()
    pipeline.run_cycle([portfolio.pk])
    assert limit.breaches.get().snapshot == portfolio.risk_snapshots.first()


def test_lines_of_all_portfolios_say_whose_they_are(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    services.create_limit(owner=owner, measure="var", threshold=0.5, portfolio=portfolio.pk)
    services.create_limit(owner=owner, measure="cvar", threshold=0.5, name="Mine")
    assert {line.name for line in load_lines(owner)} == {
        f"{portfolio.name}: 1-day VaR 95 %",
        "All portfolios: Mine",
    }
    assert [line.name for line in load_lines(owner, portfolio)] == ["1-day VaR 95 %"]
