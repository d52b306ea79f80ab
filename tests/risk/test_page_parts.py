"""The parts of the Risk page that come later: each says what the engine says, and never 500."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.test import Client

from accounts.models import User
from markets.services import import_candles
from risk import services
from risk.models import Breach
from risk.parameters import Parameters
from risk.selectors import contributions, correlation, monte_carlo, risk_answer
from risk.selectors.answers import answer_of, look_of
from risk.selectors.backtests import backtest
from risk.selectors.scenarios import scenarios
from tests.risk.conftest import HEADER, Hold, days, line
from tests.risk.test_page import HELD, data, get, text

PARTS = [
    "restore", "parts", "correlation", "futures", "scenarios", "shock", "backtest", "limits",
    "what-if", "after",
]  # fmt: skip


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def part(client: Client, path: str, name: str) -> str:
    return get(client, path, **{"HX-Request": "true", "HX-Target": f"risk-{name}"})


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("held", [{"BTC": "1"}, HELD, {}], ids=["one", "three", "none"])
def test_every_part_comes_alone(
    mine: Client, market: list[str], hold: Hold, held: dict[str, str], name: str
) -> None:
    path = f"/risk/{hold(held).pk}/"
    for address in (path, "/risk/"):
        found = part(mine, address, name)
        assert "<html" not in found


def test_with_nothing_owned_a_part_reloads_the_page(mine: Client) -> None:
    answer = mine.get("/risk/", headers={"HX-Target": "risk-scenarios"})
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("futures", "ahead=x", "ahead must be a whole number"),
        ("futures", "ahead=999", "days must be between 1 and 90"),
        ("futures", "sampling=dice", "method must be one of"),
        ("scenarios", "days=0", "days must be between 1 and 365"),
        ("scenarios", "target_loss=x", "target_loss must be a number"),
        ("scenarios", "price=guess", "price must be one of"),
        ("shock", "what=BTC&change=x", "x is no number of percent"),
        ("shock", "what=BTC&change=-400", "change must be between -1 and 10"),
        ("shock", "what=NOSUCH&change=-4", "There is no asset NOSUCH"),
        ("after", "weight.BTC=x", "is no number"),
        ("after", "weight.BTC=120", "A weight lies between 0 and 1"),
        ("after", "trade=BTC:-99999", "more cannot be sold"),
        ("after", "trade=BTC", "is no number"),
        ("after", "trade=NOSUCH:1", "NOSUCH"),
    ],
)
def test_what_is_no_question_is_said(
    mine: Client, market: list[str], hold: Hold, name: str, query: str, said: str
) -> None:
    found = part(mine, f"/risk/{hold(HELD).pk}/?{query}", name)
    assert said in text(found)


def test_an_unknown_estimator_is_the_usual_one_and_the_page_says_so(
    mine: Client, market: list[str], hold: Hold
) -> None:
    address = f"/risk/{hold(HELD).pk}/"
    found = text(part(mine, f"{address}?correlation=vibes", "correlation"))
    assert "Pearson" in found
    assert "correlation must be one of" in text(get(mine, f"{address}?correlation=vibes"))


def test_components(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    seen = look_of(portfolio, Parameters())
    rows = contributions(answer_of(seen, portfolio), seen)["contributions"]
    found = text(part(mine, f"/risk/{portfolio.pk}/", "parts"))
    for row in rows:
        assert f"{row['component']['var_historical']['fraction']:.2%}" in found
        assert f"{row['marginal']['var_historical']:.3f}" in found.replace("−", "-")  # noqa: RUF001
    whole = risk_answer(portfolio)["var"]["historical"]["fraction"]
    assert f"Sum{whole:.2%}" in found.replace(" ", "")


def test_correlation_switch(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    for estimator in ("sample", "ledoit_wolf", "ewma"):
        found = part(mine, f"/risk/{portfolio.pk}/?correlation={estimator}", "correlation")
        matrix = correlation(portfolio, correlation=estimator)["matrix"]
        assert f">{matrix[0][1]:.2f}</td>" in found
        assert re.search(rf'correlation={estimator}"[^>]*aria-pressed="true"', found)
        assert "Most alike" in text(found)


def test_futures(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = part(mine, f"/risk/{portfolio.pk}/?ahead=10&sampling=t_copula", "futures")
    drawn = monte_carlo(portfolio, sampling="t_copula", paths=5000, days=10)
    assert data(found, "fan-data")["bands"] == drawn["fan"]
    assert f"{drawn['var']['fraction']:.1%} ± {drawn['var']['error']['fraction']:.1%}" in text(
        found
    )


def test_backtest_and_lights(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    graded = backtest(portfolio)
    found = part(mine, f"/risk/{portfolio.pk}/", "backtest")
    chart = data(found, "backtest-data")
    assert len(chart["points"]) == graded["days"] == len(graded["series"])
    historical = graded["methods"]["historical"]
    assert len(chart["exceptions"]) == historical["exceptions"]
    page = text(get(mine, f"/risk/{portfolio.pk}/"))
    counted = f"{historical['light_exceptions']} / {historical['light_days']}"
    assert f"{counted}{historical['light']}" in page
    assert graded["recommended"]["reason"] in page
    assert "(recommended)" in page
    then = part(mine, f"/risk/{portfolio.pk}/?window=100&as_of=2025-03-01", "backtest")
    assert "the holdings of 1 March 2025" in text(then)
    assert data(then, "backtest-data")["points"][-1][0] == "2025-03-01"


def test_scenarios(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD | {"USD": "5000"})
    found = text(part(mine, f"/risk/{portfolio.pk}/", "scenarios"))
    known = scenarios(portfolio)
    for one in known:
        if one["kind"] in {"replay", "factor", "worst"}:
            assert one["name"] in found
            assert f"{abs(float(one['loss']['amount'])):,.2f}" in found
    assert "Every coin falls by" in found


def test_own_shock(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    query = "what=kind:coin&change=-40&what=SOL&change=−60&what=ETH&change="  # noqa: RUF001
    found = text(part(mine, f"/risk/{portfolio.pk}/?{query}", "shock"))
    shocks = [{"kind": "coin", "change": -0.4}, {"symbol": "SOL", "change": -0.6}]
    own = scenarios(portfolio, shocks=shocks)[0]
    assert f"You would lose ${float(own['loss']['amount']):,.2f}" in found


def test_what_if(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = text(part(mine, f"/risk/{portfolio.pk}/?weight.SOL=0&trade=BTC:-0.1", "after"))
    assert "Sell 0.1" in found
    assert "better" in found
    before = risk_answer(portfolio)["var"]["historical"]["fraction"]
    assert f"{before:.2%}" in found
    still = text(part(mine, f"/risk/{portfolio.pk}/", "what-if"))
    assert "Move a slider" in still


def test_a_breached_limit_its_trade_and_its_history(
    mine: Client, owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    path = f"/risk/{portfolio.pk}/"
    answer = mine.post(
        "/risk/limits/new/",
        {"measure": "var", "threshold": "0.5", "portfolio": str(portfolio.pk), "enabled": "on"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 204
    assert "limits-changed" in answer.headers["HX-Trigger"]
    found = text(part(mine, path, "restore"))
    assert "over the line" in found
    assert "Selling" in found
    assert 'data-try="' in part(mine, path, "restore")
    listed = part(mine, path, "limits")
    assert "over the line" in listed
    assert "still" in listed
    assert "1-day VaR 95 %" in text(get(mine, path))
    breach = Breach.objects.get()
    changed = mine.post(
        f"/risk/limits/{breach.limit_id}/",
        {"measure": "var", "threshold": "90", "portfolio": str(portfolio.pk), "enabled": "on"},
        headers={"HX-Request": "true"},
    )
    assert changed.status_code == 204
    assert "still" not in part(mine, path, "limits")
    mine.post(f"/risk/limits/{breach.limit_id}/", {"remove": "yes"})
    assert "No limit is drawn yet" in part(mine, path, "limits")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"measure": "var", "threshold": "x"}, "Enter a number"),
        ({"measure": "var", "threshold": "-3"}, "must be a number above 0"),
        ({"measure": "var", "threshold": "150"}, "A share is a fraction below 1"),
        ({"measure": "volatility", "threshold": "50", "symbol": "BTC"}, "Only a share"),
        ({"measure": "var", "threshold": "5", "portfolio": "999999"}, "Select a valid choice"),
    ],
)
def test_a_limit_that_cannot_be(
    mine: Client, market: list[str], hold: Hold, sent: dict[str, str], said: str
) -> None:
    hold(HELD)
    answer = mine.post("/risk/limits/new/", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_limits_are_their_owners(
    client: Client, owner: User, stranger: User, market: list[str], hold: Hold
) -> None:
    limit = services.create_limit(
        owner=owner, measure="var", threshold=0.05, portfolio=hold(HELD).pk
    )
    client.force_login(stranger)
    assert client.get(f"/risk/limits/{limit.pk}/").status_code == 404
    assert client.post(f"/risk/limits/{limit.pk}/", {"remove": "yes"}).status_code == 404


def amounts(owner: User, mode: str) -> None:
    owner.preferences.privacy = mode
    owner.preferences.save()


@pytest.mark.parametrize("mode", ["amounts", "all"])
@pytest.mark.parametrize("name", PARTS)
def test_privacy(
    mine: Client, owner: User, market: list[str], hold: Hold, mode: str, name: str
) -> None:
    portfolio = hold(HELD)
    services.create_limit(owner=owner, measure="var", threshold=0.005, portfolio=portfolio.pk)
    query = "?what=BTC&change=-40&weight.SOL=0"
    amounts(owner, mode)
    found = part(mine, f"/risk/{portfolio.pk}/{query}", name)
    mine_alone = re.sub(r" at \$[\d.,]+", "", text(found))  # the price of a unit is nobody's secret
    assert not re.search(r"\$\s?\d", mine_alone)
    assert "data-try" not in found
    if mode == "all":
        assert not re.search(r"\d\.\d+%", mine_alone)
    if name == "futures":
        assert data(found, "fan-data")["value"] is None


def test_sixty_assets(mine: Client, market: list[str], hold: Hold) -> None:
    """Every part has a form for many: the largest first, the rest one tap away."""
    names = [f"Q{at}" for at in range(60)]
    rng = np.random.default_rng(5)
    common = rng.standard_t(4, 500) * 0.02
    rows = [HEADER]
    for name in names:
        path = 100 * np.cumprod(1 + np.clip(common + rng.standard_t(4, 500) * 0.03, -0.5, 0.9))
        rows += [line(day, name, close) for day, close in zip(days(500), path, strict=True)]
    import_candles(rows, "stored")
    portfolio = hold({name: str(1 + at) for at, name in enumerate(names)})
    address = f"/risk/{portfolio.pk}/"
    assert "The twelve largest of 60." in text(get(mine, address))
    assert text(part(mine, address, "parts")).count("Q") >= 60
    assert part(mine, address, "correlation").count("<td") == 12 * 12
    whole = part(mine, f"{address}?assets=all", "correlation")
    assert whole.count("<td") == 60 * 60
    assert whole.count('title="Q') == 60 * 60
    assert "The 48 smaller ones: by ticket." in text(part(mine, address, "what-if"))
    assert "60 trades" in text(part(mine, f"{address}?weight.Q59=20", "after"))
