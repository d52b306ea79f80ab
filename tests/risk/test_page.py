"""The Risk page: what it says, asks and hides, and what it says when there is nothing to say."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from markets.services import ensure_asset
from risk.selectors import risk_answer
from risk.services import backfill_snapshots
from tests.risk.conftest import Hold

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def get(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def data(page: str, identity: str) -> Any:
    found = re.search(rf'<script id="{identity}" type="application/json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


def test_the_sentence_comes_first(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    page = get(mine, f"/risk/{portfolio.pk}/")
    answer = risk_answer(portfolio)
    lost = float(answer["var"]["historical"]["amount"])
    assert f"On 1 day in 20 you could lose ${lost:,.2f} or more" in text(page)
    sections = [page.index(f'id="{name}-title"') for name in ("risk", "loads", "shares", "methods")]
    assert sections == sorted(sections)


def test_all_figures_are_there_with_their_explanations(
    mine: Client, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    page = get(mine, f"/risk/{portfolio.pk}/")
    answer = risk_answer(portfolio)
    for loss in [*answer["var"].values(), answer["cvar"]]:
        if loss:
            assert f"{loss['fraction']:.2%}" in page
    assert page.count('class="explain"') >= 30
    for loss in answer["cvars"].values():
        if loss:
            assert f"{loss['fraction']:.2%}" in page
    assert f"{answer['score']:.2f}" in page
    assert "√365" in page
    bins = data(page, "returns-data")
    assert sum(one["count"] for one in bins["bins"]) == 365
    assert bins["var"] == answer["var"]["historical"]["fraction"]
    assert len(data(page, "under-data")["points"]) == 365


def test_controls_are_remembered_by_the_url(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    query = "confidence=0.9&horizon=10&window=200&as_of=2025-10-01"
    page = get(mine, f"/risk/{portfolio.pk}/?{query}")
    assert '<option value="0.9" selected>' in page
    assert '<option value="10" selected>' in page
    assert '<option value="200" selected>' in page
    assert 'value="2025-10-01"' in page
    assert "In 1 of 10 periods of 10 days" in text(page)
    assert " data-usual" not in page
    assert "data-usual" in get(mine, f"/risk/{portfolio.pk}/")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("window=1", "window must be between 30 and 3650"),
        ("confidence=x", "Enter a number"),
        ("horizon=99", "horizon must be between 1 and 30"),
        ("as_of=2999-01-01", "has not come yet"),
        ("method=crystal_ball", "method must be one of"),
        ("horizon=5&scaling=magic", "scaling must be one of"),
        ("benchmark=NOSUCH", "There is no asset NOSUCH"),
    ],
)
def test_what_is_no_question_is_said(
    mine: Client, market: list[str], hold: Hold, query: str, said: str
) -> None:
    page = get(mine, f"/risk/{hold(HELD).pk}/?{query}")
    assert said in page
    assert 'aria-invalid="true"' in page


def test_parts_are_given_alone(mine: Client, market: list[str], hold: Hold) -> None:
    path = f"/risk/{hold(HELD).pk}/"
    body = get(mine, path, **{"HX-Request": "true", "HX-Target": "risk-page"})
    assert body.lstrip().startswith('<div class="gridpage even risk" id="risk-page"')
    live = get(mine, path, **{"HX-Request": "true", "HX-Target": "risk-live"})
    for part in ("say", "loads", "score", "shares", "methods", "measures", "warnings"):
        assert re.search(rf'id="risk-{part}"[^>]*hx-swap-oob="true"', live), part
    assert "data-chart" not in live  # they stand still
    assert "<html" not in live


def test_all_portfolios_and_the_picker(mine: Client, market: list[str], hold: Hold) -> None:
    first, second = hold({"BTC": "1"}), hold({"SOL": "50"}, "Bet")
    together = get(mine, "/risk/")
    assert 'data-risk="all"' in together
    assert "SOL" in text(together)
    assert f'data-risk="{second.pk}"' in get(mine, f"/risk/?portfolio={second.pk}")
    assert f'href="/risk/?portfolio={first.pk}"' in together
    assert mine.get("/risk/?portfolio=abc").status_code == 404
    assert mine.get("/risk/?portfolio=999999").status_code == 404


def test_strangers_find_nothing(
    client: Client, stranger: User, market: list[str], hold: Hold
) -> None:
    path = f"/risk/{hold(HELD).pk}/"
    assert client.get(path).status_code == 302
    client.force_login(stranger)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("mode", ["amounts", "all"])
def test_privacy(mine: Client, owner: User, market: list[str], hold: Hold, mode: str) -> None:
    portfolio = hold(HELD)
    owner.preferences.privacy = mode
    owner.preferences.save()
    page = get(mine, f"/risk/{portfolio.pk}/")
    answer = risk_answer(portfolio)
    assert f"{float(answer['var']['historical']['amount']):,.2f}" not in page
    shown = f"{answer['var']['historical']['fraction']:.2%}" in text(page)
    assert shown is (mode == "amounts")


def test_nobody_with_nothing(mine: Client) -> None:
    page = get(mine, "/risk/")
    assert "Create a portfolio" in page
    assert "data-chart" not in page


def test_an_empty_portfolio(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({})
    page = get(mine, f"/risk/{portfolio.pk}/")
    assert "Nothing to measure" in page
    assert "Add a transaction" in page
    assert "data-chart" not in page
    then = get(mine, f"/risk/{portfolio.pk}/?as_of=2025-01-01")
    assert "Back to today" in then


def test_too_little_history_says_so(mine: Client, market: list[str], hold: Hold) -> None:
    page = get(mine, f"/risk/{hold(HELD).pk}/?window=90")
    assert "How much you could lose cannot be said yet." in text(page)
    assert "need 100 days of returns" in page
    assert "Not scored yet" in page


def test_without_any_close(mine: Client, market: list[str], hold: Hold) -> None:
    ensure_asset("NOPE")
    page = get(mine, f"/risk/{hold({'NOPE': '1'}).pk}/")
    assert "Nothing to measure" in page
    assert "NOPE" in page


def test_the_score_over_time(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    assert data(get(mine, f"/risk/{portfolio.pk}/"), "history-data")["series"] == []
    backfill_snapshots(portfolio, 4)
    line = data(get(mine, f"/risk/{portfolio.pk}/"), "history-data")["series"][0]
    assert len(line["points"]) == 4
