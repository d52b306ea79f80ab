"""`/api/risk/`: complete answers, field errors, and nothing of another person's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from markets.services import import_candles
from portfolios.services import add_transaction
from risk.measures import Method
from risk.selectors import risk_answer
from risk.services import backfill_snapshots
from tests.risk.conftest import HEADER, LAST, Hold, line

#: Design §5, to the letter.
ANSWER = {
    "as_of",
    "window_days",
    "observations",
    "confidence",
    "horizon_days",
    "value",
    "volatility",
    "var",
    "cvar",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "current_drawdown",
    "beta",
    "hhi",
    "effective_assets",
    "average_correlation",
    "score",
    "level",
    "trend",
    "warnings",
}


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_the_answer_is_complete(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "0.5", "SOL": "100"})
    answer = mine.get(f"/api/risk/portfolios/{portfolio.pk}").json()
    assert answer.keys() >= ANSWER
    assert set(answer["var"]) == set(answer["cvars"]) == set(Method)
    assert answer["cvar"] == answer["cvars"]["historical"] == answer["chosen"]["cvar"]
    assert set(answer["cvar"]) == {"fraction", "amount"}
    assert isinstance(answer["value"], str)
    assert isinstance(answer["cvar"]["amount"], str)
    assert answer["max_drawdown"] <= answer["current_drawdown"] <= 0
    assert answer["var"] == risk_answer(portfolio)["var"]


def test_parameters_are_heard(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    query = "window=200&confidence=0.9&horizon=5&as_of=2025-10-01"
    answer = mine.get(f"/api/risk/portfolios/{portfolio.pk}?{query}").json()
    asked = ("window_days", "confidence", "horizon_days", "as_of", "observations")
    assert [answer[name] for name in asked] == [200, 0.9, 5, "2025-10-01T23:59:59Z", 200]


@pytest.mark.parametrize(
    "query",
    [
        "window=29",
        "window=abc",
        "window=1e9",
        "confidence=1",
        "confidence=nan",
        "confidence=inf",
        "horizon=0",
        "horizon=1.5",
        "as_of=yesterday",
        "as_of=2999-01-01",
        "method=magic",
        "scaling=cube_root",
        "benchmark=NOBODY",
        "correlation=none",
        "proxy=perhaps",
        "seed=-1",
        "seed=x",
    ],
)
@pytest.mark.parametrize("path", ["portfolios/{}", "portfolios/{}/contributions", "assets/BTC"])
def test_bad_parameters_are_named(
    mine: Client, market: list[str], hold: Hold, path: str, query: str
) -> None:
    answer = mine.get(f"/api/risk/{path.format(hold({'BTC': '1'}).pk)}?{query}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("path", ["", "/contributions", "/history", "/correlation", "/monte-carlo"])
def test_strangers_find_nothing(
    client: Client, stranger: User, market: list[str], hold: Hold, path: str
) -> None:
    portfolio = hold({"BTC": "1"})
    assert client.get(f"/api/risk/portfolios/{portfolio.pk}{path}").status_code == 401
    client.force_login(stranger)
    answer = client.get(f"/api/risk/portfolios/{portfolio.pk}{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_contributions(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "0.5", "SOL": "100"})
    answer = mine.get(f"/api/risk/portfolios/{portfolio.pk}/contributions").json()
    assert [part["symbol"] for part in answer["contributions"]] == ["BTC", "SOL"]
    assert sum(part["risk_share"] for part in answer["contributions"]) == pytest.approx(1)


def test_history_has_pages(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    backfill_snapshots(portfolio, 5)
    page = mine.get(f"/api/risk/portfolios/{portfolio.pk}/history?page_size=3").json()
    assert len(page["results"]) == 3
    assert page["previous"] is None
    rest = mine.get(page["next"]).json()
    assert len(rest["results"]) == 2
    moments = [row["as_of"] for row in page["results"] + rest["results"]]
    assert moments == sorted(moments, reverse=True)
    assert isinstance(page["results"][0]["value"], str)


def test_assets(mine: Client, market: list[str]) -> None:
    answer = mine.get("/api/risk/assets/sol").json()
    assert answer["symbol"] == "SOL"
    assert answer["beta"] > 0
    assert answer["var"]["historical"]["fraction"] > 0
    missing = mine.get("/api/risk/assets/NOPE")
    assert missing.status_code == 404
    assert "NOPE" in missing.json()["error"]["message"]


def test_an_empty_portfolio_is_an_answer(mine: Client, market: list[str], hold: Hold) -> None:
    answer: dict[str, Any] = mine.get(f"/api/risk/portfolios/{hold({}).pk}").json()
    assert answer["score"] is None
    assert answer["warnings"]


def test_an_answer_is_kept_for_a_second_but_not_over_an_edit(
    mine: Client, market: list[str], hold: Hold, settings: Any
) -> None:
    settings.RISK_ANSWER_SECONDS = 60
    portfolio = hold({"BTC": "0.5"})
    address = f"/api/risk/portfolios/{portfolio.pk}"
    first = mine.get(address).content
    import_candles(
        [HEADER, line((LAST.date() + timedelta(days=1)).isoformat(), "BTC", 1)], "stored"
    )
    assert mine.get(address).content == first
    assert mine.get(f"{address}?window=100").json()["window_days"] == 100
    add_transaction(
        portfolio=portfolio, type="deposit", symbol="BTC", quantity="1", executed_at=LAST
    )
    assert mine.get(address).json()["value"] == "1.5"


def test_without_valkey_it_is_computed(
    mine: Client, market: list[str], hold: Hold, settings: Any
) -> None:
    backend = settings.CACHES["default"]
    settings.CACHES = {"default": {**backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = mine.get(f"/api/risk/portfolios/{hold({'BTC': '0.5'}).pk}")
    assert answer.status_code == 200
    assert answer.json()["var"]["historical"] is not None
