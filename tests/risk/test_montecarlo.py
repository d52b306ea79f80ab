"""Drawn futures: seeded, with honest errors, and like the past that they are drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client
from scipy import stats

from accounts.models import User
from risk import measures, montecarlo
from risk.measures import Array, Sampling
from tests.risk.conftest import Hold

RNG = np.random.default_rng(23)
MARKET = RNG.standard_t(4, (400, 1)) * 0.015
ASSETS: Array = np.clip(MARKET * [1.0, 1.4, 0.6] + RNG.standard_t(5, (400, 3)) * 0.01, -0.9, 1)
WEIGHTS = np.array([0.5, 0.3, 0.2])


def draw(method: Sampling, *, days: int = 1, seed: int = 1, count: int = 20_000) -> Array:
    return montecarlo.paths(ASSETS, WEIGHTS, method=method, count=count, days=days, seed=seed)


def test_the_quantile_of_four_degrees() -> None:
    places = np.linspace(0.0005, 0.9995, 401)
    exact = stats.t.ppf(places, 4)
    assert montecarlo.t4_quantile(places) == pytest.approx(exact, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("method", list(Sampling))
def test_one_day_has_the_var_of_the_past(method: Sampling) -> None:
    past = measures.historical_var(ASSETS @ WEIGHTS)
    found = montecarlo.futures(draw(method), 0.95)
    assert found.var is not None
    assert found.var.loss == pytest.approx(past, rel=0.12)
    assert found.cvar is not None
    assert found.cvar.loss > found.var.loss > 0


@pytest.mark.parametrize("method", list(Sampling))
def test_a_seed_is_a_future(method: Sampling) -> None:
    assert (draw(method, days=5, seed=7) == draw(method, days=5, seed=7)).all()
    assert not (draw(method, days=5, seed=7) == draw(method, days=5, seed=8)).all()


def test_the_standard_error_is_the_spread_over_seeds() -> None:
    found = [
        montecarlo.futures(draw(Sampling.BLOCK_BOOTSTRAP, days=5, seed=s, count=2000), 0.95)
        for s in range(60)
    ]
    for estimates in ([f.var for f in found], [f.cvar for f in found]):
        known = [estimate for estimate in estimates if estimate is not None]
        spread = float(np.std([estimate.loss for estimate in known], ddof=1))
        assert np.mean([estimate.error for estimate in known]) == pytest.approx(spread, rel=0.35)


def test_made_days_keep_margins_and_fall_together() -> None:
    made = montecarlo.joint_days(ASSETS, np.random.default_rng(2), 20_000)
    for at in range(3):
        assert measures.historical_var(made[:, at]) == pytest.approx(
            measures.historical_var(ASSETS[:, at]), rel=0.1
        )
        assert made[:, at].min() >= ASSETS[:, at].min()
    own, past = stats.spearmanr(made).statistic, stats.spearmanr(ASSETS).statistic
    assert own == pytest.approx(past, abs=0.05)
    worst = made[:, 0] < np.quantile(made[:, 0], 0.01)
    together = np.mean(made[worst, 1] < np.quantile(made[:, 1], 0.01))
    assert together > 0.3  # independent: 0.01


def test_money_in_the_book_stays_money() -> None:
    with_money = np.column_stack([ASSETS, np.zeros(400)])
    made = montecarlo.joint_days(with_money, np.random.default_rng(2), 1000)
    assert (made[:, 3] == 0).all()


def test_blocks_are_days_in_a_row() -> None:
    drawn = measures.stationary_blocks(np.random.default_rng(4), 100, 2000, 30)
    assert ((drawn >= 0) & (drawn < 100)).all()
    follows = (drawn[:, 1:] - drawn[:, :-1]) % 100 == 1
    assert follows.mean() == pytest.approx(0.9 + 0.1 / 100, abs=0.01)


def test_a_fan_opens() -> None:
    found = montecarlo.futures(draw(Sampling.BLOCK_BOOTSTRAP, days=30, count=5000), 0.95)
    assert [row[0] for row in found.fan.values()] == [0.0] * 5
    assert all(len(row) == 31 for row in found.fan.values())
    ends = [found.fan[p][-1] for p in (5, 25, 50, 75, 95)]
    assert ends == sorted(ends)
    assert found.fan[95][30] - found.fan[5][30] > found.fan[95][1] - found.fan[5][1]
    few = montecarlo.futures(draw(Sampling.BLOCK_BOOTSTRAP, count=99), 0.95)
    assert few.var is None


# --- Over HTTP -----------------------------------------------------------------------------------


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.mark.parametrize("method", list(Sampling))
def test_the_answer(mine: Client, market: list[str], hold: Hold, method: str) -> None:
    path = f"/api/risk/portfolios/{hold({'BTC': '0.5', 'SOL': '100'}).pk}/monte-carlo"
    query = f"?method={method}&paths=2000&days=20&seed=5&confidence=0.9"
    answer: dict[str, Any] = mine.get(path + query).json()
    asked = [answer[name] for name in ("sampling", "paths", "days", "seed", "confidence")]
    assert asked == [method, 2000, 20, 5, 0.9]
    assert set(answer["fan"]) == {"5", "25", "50", "75", "95"}
    assert answer["var"]["fraction"] > answer["var"]["error"]["fraction"] > 0
    assert float(answer["cvar"]["amount"]) > float(answer["var"]["amount"])
    assert answer["explain"]["monte_carlo"]["observations"] == 365
    again = mine.get(path + query).json()
    for name in ("var", "cvar", "fan", "mean", "chance_of_loss"):
        assert again[name] == answer[name]


@pytest.mark.parametrize(
    "query", ["method=guess", "paths=10", "paths=x", "days=0", "days=91", "seed=-1", "window=1"]
)
def test_bad_questions_are_named(mine: Client, market: list[str], hold: Hold, query: str) -> None:
    path = f"/api/risk/portfolios/{hold({'BTC': '1'}).pk}/monte-carlo?{query}"
    answer = mine.get(path)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [query.partition("=")[0]]


def test_nothing_held_has_no_future(mine: Client, market: list[str], hold: Hold) -> None:
    answer = mine.get(f"/api/risk/portfolios/{hold({}).pk}/monte-carlo").json()
    assert (answer["var"], answer["fan"]) == (None, {})
    assert answer["warnings"]


@pytest.mark.parametrize("method", ["sample", "ledoit_wolf", "ewma"])
def test_correlation(mine: Client, market: list[str], hold: Hold, method: str) -> None:
    pk = hold({"BTC": "0.5", "SOL": "100", "USD": "10"}).pk
    answer = mine.get(f"/api/risk/portfolios/{pk}/correlation?method={method}").json()
    assert answer["correlation"] == method
    size = len(answer["symbols"])
    assert size == 3
    matrix = answer["matrix"]
    assert all(matrix[i][j] == matrix[j][i] for i in range(size) for j in range(size))
    money = answer["symbols"].index("USD")
    assert matrix[money] == [None] * 3
    assert (answer["shrinkage"] is not None) is (method == "ledoit_wolf")
    assert 0 < answer["average"] < 1
