"""What is taken away from the Risk page: the report, and the figures as CSV."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from accounts.models import User
from config.pages.risk_csv import HEADER, Line, Table
from risk.selectors import risk_answer
from risk.selectors.scenarios import scenarios
from tests.risk.conftest import Hold
from tests.risk.test_page import HELD, data, get, text


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def rows(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_csv_has_every_figure(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = rows(mine, f"/risk/{portfolio.pk}/figures.csv")
    answer = risk_answer(portfolio)
    named = {(row["figure"], row["asset"]): row for row in found}
    var = named["VaR, Historical", ""]
    assert float(var["fraction"]) == answer["var"]["historical"]["fraction"]
    assert var["amount"] == answer["var"]["historical"]["amount"]
    assert "Hyndman" in var["formula"]
    assert var["observations"] == "365"
    assert float(named["Volatility, year", ""]["fraction"]) == answer["volatility"]
    assert float(named["Share of risk", "SOL"]["fraction"]) > 0
    parts = [float(row["fraction"]) for row in found if row["figure"] == "component var_historical"]
    assert sum(parts) == pytest.approx(answer["var"]["historical"]["fraction"], abs=1e-9)
    names = {one["name"] for one in scenarios(portfolio)}
    assert names <= {row["figure"] for row in found if row["section"] == "scenarios"}
    assert list(found[0]) == HEADER


def test_csv_asks_the_page_s_question(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = rows(mine, f"/risk/{portfolio.pk}/figures.csv?confidence=0.9&horizon=10&method=ewma")
    answer = risk_answer(portfolio, confidence=0.9, horizon=10)
    named = {row["figure"]: row for row in found}
    assert float(named["VaR, EWMA"]["fraction"]) == answer["var"]["ewma"]["fraction"]
    assert named["method"]["text"] == "EWMA"


def test_csv_of_all_of_none_and_of_nothing(mine: Client, market: list[str], hold: Hold) -> None:
    assert rows(mine, "/risk/figures.csv") == []
    hold({})
    hold({"BTC": "1"}, "Other")
    assert any(row["figure"] == "VaR, Historical" for row in rows(mine, "/risk/figures.csv"))


@pytest.mark.parametrize("evil", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_csv_never_runs(evil: str) -> None:
    out = io.StringIO()
    Table(None, "shown", [Line("question", "of", asset=evil, text=evil, number=-1.5)]).write(out)
    row = next(csv.DictReader(io.StringIO(out.getvalue())))
    assert row["text"] == row["asset"] == f"'{evil}"
    assert row["number"] == "-1.5"


def test_csv_of_a_portfolio_with_a_dangerous_name(
    mine: Client, market: list[str], hold: Hold
) -> None:
    portfolio = hold({"BTC": "1"}, "=HYPERLINK(1)")
    found = rows(mine, f"/risk/{portfolio.pk}/figures.csv")
    assert found[0]["text"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("mode", ["amounts", "all"])
def test_csv_and_report_keep_what_is_private(
    mine: Client, owner: User, market: list[str], hold: Hold, mode: str
) -> None:
    portfolio = hold(HELD)
    owner.preferences.privacy = mode
    owner.preferences.save()
    found = rows(mine, f"/risk/{portfolio.pk}/figures.csv")
    assert {row["amount"] for row in found} == {"", "hidden"}
    fractions = {row["fraction"] for row in found}
    assert (fractions == {"", "hidden"}) is (mode == "all")
    report = get(mine, f"/risk/{portfolio.pk}/report/")
    answer = risk_answer(portfolio)
    assert f"{float(answer['var']['historical']['amount']):,.2f}" not in report
    assert f"{float(answer['value']):,.2f}" not in report
    shown = f"{answer['var']['historical']['fraction']:.2%}" in text(report)
    assert shown is (mode == "amounts")


def test_report(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    page = get(mine, f"/risk/{portfolio.pk}/report/?window=200")
    answer = risk_answer(portfolio, window=200)
    assert "<title>Risk report · Core" in page
    assert 'data-theme="light"' in page
    assert "<nav" not in page
    for words in ("window 200 days", "Formulas and sources", "√365", "Hyndman", "up to 2025-"):
        assert words in text(page), words
    assert f"{answer['volatility']:.1%}" in text(page)
    for identity in ("returns-data", "under-data", "backtest-data", "fan-data"):
        assert data(page, identity)


def test_report_of_all_of_none_and_of_nothing(mine: Client, market: list[str], hold: Hold) -> None:
    assert "There is no portfolio yet" in get(mine, "/risk/report/")
    hold({})
    assert "nothing to measure" in get(mine, "/risk/report/")
    hold({"BTC": "1"}, "Other")
    assert "Formulas and sources" in get(mine, "/risk/report/")


@pytest.mark.parametrize("path", ["report/", "figures.csv"])
def test_strangers_find_nothing(
    client: Client, stranger: User, market: list[str], hold: Hold, path: str
) -> None:
    address = f"/risk/{hold(HELD).pk}/{path}"
    assert client.get(address).status_code == 302
    client.force_login(stranger)
    assert client.get(address).status_code == 404
