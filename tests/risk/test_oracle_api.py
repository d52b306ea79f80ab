"""Every reference case through the API: an asset whose closes have exactly these returns."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from django.test import Client
from redis import Redis

from accounts.models import User
from markets.services import ensure_asset, import_candles
from tests.risk.conftest import HEADER, LAST, Hold

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "expected.json").read_text()
)
Z95 = statistics.NormalDist().inv_cdf(0.95)
#: The reference's name of each figure; those of the tail are shown from 100 days on.
PLAIN = {
    "vol": "volatility",
    "skew_pop": "skewness",
    "exkurt_pop": "kurtosis",
    "sharpe": "sharpe",
    "downside_dev": "downside_deviation",
    "sortino": "sortino",
    "mdd": "max_drawdown",
    "calmar": "calmar",
    "beta": "beta",
}
TAIL = {
    "hvar95_linear_HF7": ("var", "historical"),
    "cvar95_RU": ("cvars", "historical"),
    "pvar95": ("var", "parametric"),
    "cvar95_gaussian": ("cvars", "parametric"),
    "cfvar95": ("var", "cornish_fisher"),
}

Ask = Callable[..., dict[str, Any]]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in an answer")


@pytest.fixture
def ask(client: Client, owner: User, db: None, valkey: Redis) -> Ask:
    """GET, 200, and neither NaN nor infinity."""
    client.force_login(owner)

    def get(path: str, **query: Any) -> dict[str, Any]:
        response = client.get(f"/api/risk/portfolios/{path}", query)
        assert response.status_code == 200, response.content
        found: dict[str, Any] = json.loads(response.content, parse_constant=refuse)
        return found

    return get


def path_of(returns: npt.ArrayLike, start: float = 1e4) -> list[float | None]:
    path: list[float | None] = (start * np.cumprod([1.0, *(1.0 + np.asarray(returns))])).tolist()
    return path


def load(closes: Mapping[str, Sequence[float | None]]) -> int:
    """Import closes of equal length that end on LAST; how many days of returns they make."""
    lines = [HEADER]
    count = len(next(iter(closes.values())))
    for symbol, values in closes.items():
        for at, close in enumerate(values):
            if close is not None:
                day = (LAST - timedelta(days=count - 1 - at)).date()
                price = f"{close:.15f}"
                lines.append(f"{day},{symbol}USDT,{price},{price},{price},{price},1")
    import_candles(lines, "stored")
    return count - 1


def with_gaps(returns: Sequence[float | None], benchmark: Sequence[float]) -> dict[str, Any]:
    """Closes whose returns are these. A missing return takes two days: one without a close, and
    one on which the path goes on from where it was; the benchmark trades on both.
    """
    close, other = 1e4, 3e4
    own: list[float | None] = [close]
    beside = [other]
    for value, its in zip(returns, benchmark, strict=True):
        other *= 1.0 + its
        if value is None:
            own += [None, close]
            beside += [other, other]
        else:
            close *= 1.0 + value
            own.append(close)
            beside.append(other)
    return {"NEW": own, "BENCH": beside}


@pytest.mark.parametrize("case", EXPECTED["series"])
def test_equals_the_reference(ask: Ask, hold: Hold, case: str) -> None:
    returns = EXPECTED["series"][case]["returns"]
    reference = EXPECTED["series"][case]["reference"]
    window = load(with_gaps(returns, EXPECTED["benchmark"][: len(returns)]))
    answer = ask(f"{hold({'NEW': '3'}).pk}", window=max(window, 30), benchmark="BENCH", proxy=False)
    assert answer["observations"] == reference["n"]
    for name, key in PLAIN.items():
        if reference[name] == "NaN" or reference["n"] < 2:
            assert answer[key] is None, name
        elif not (case == "constant_pos_100" and name == "beta"):  # -4e-35 is rounding noise
            assert answer[key] == pytest.approx(reference[name], rel=1e-9, abs=1e-9), name
    for name, (group, method) in TAIL.items():
        shown = reference["n"] >= 100 and reference[name] != "NaN"
        if not shown or (name == "cfvar95" and not reference["cf_valid_domain"]):
            assert answer[group][method] is None, name
        else:
            fraction = answer[group][method]["fraction"]
            assert fraction == pytest.approx(reference[name], abs=1e-9), name
    if reference["n"] < 100:
        assert any("fewer than 5" in said for said in answer["warnings"])


def test_component_var_of_jorion(ask: Ask, hold: Hold) -> None:
    """2 M at 5 % and 1 M at 12 %, uncorrelated: the published amounts at z = 1.65."""
    size = math.sqrt(99 / 100)
    cad = np.array([1, 1, -1, -1] * 25) * 0.05 * size
    eur = np.array([1, -1, 1, -1] * 25) * 0.12 * size
    paths = {"NEW": np.array(path_of(cad), float), "NOPE": np.array(path_of(eur), float)}
    load({name: (path / path[-1]).tolist() for name, path in paths.items()})
    pk = hold({"NEW": "2000000", "NOPE": "1000000"}).pk
    answer = ask(f"{pk}/contributions", window=100)
    published = EXPECTED["component_var_jorion"]["published"]
    at_z = 1.65 / Z95
    whole = float(answer["var"]["parametric"]["amount"]) * at_z
    assert whole == pytest.approx(published["portfolio"], abs=1)
    parts = [float(row["component"]["var_parametric"]["amount"]) for row in answer["contributions"]]
    assert np.array(parts) * at_z == pytest.approx(published["component"], abs=1)
    assert sum(parts) * at_z == pytest.approx(whole, rel=1e-9)
    marginal = [row["marginal"]["var_parametric"] for row in answer["contributions"]]
    assert np.array(marginal) * at_z == pytest.approx([0.0528152, 0.1521078], abs=1e-6)


def test_a_step_of_riskmetrics(ask: Ask, hold: Hold) -> None:
    example = EXPECTED["riskmetrics_ewma"]["example"]
    before = math.sqrt(example["prev_var"])
    load({"NEW": path_of([*([before, -before] * 60), example["r"]])})
    answer = ask(f"{hold({'NEW': '1'}).pk}", window=121)
    expected = math.sqrt(example["next_var"])
    assert answer["var"]["ewma"]["fraction"] / Z95 == pytest.approx(expected, rel=1e-9)


def test_a_wipe_out(ask: Ask, hold: Hold) -> None:
    returns = [0.01, -0.02] * 60 + [-0.999999999] + [0.0] * 20
    load({"NEW": path_of(returns)})
    answer = ask(f"{hold({'NEW': '1'}).pk}", window=len(returns), horizon=30)
    assert answer["max_drawdown"] == pytest.approx(-1)
    assert answer["drawdown"]["recovery"] is None
    assert answer["calmar"] == pytest.approx(-1)
    assert answer["score"] is not None


def test_what_never_moves(ask: Ask, hold: Hold) -> None:
    load({"NEW": [7.0] * 200})
    pk = hold({"NEW": "1"}).pk
    for scaling in ("square_root", "overlapping", "simulated"):
        answer = ask(f"{pk}", window=199, horizon=10, scaling=scaling, benchmark="NEW")
        assert answer["volatility"] == 0
        assert answer["var"]["historical"]["fraction"] == 0
        for name in ("sharpe", "sortino", "omega", "calmar", "skewness", "kurtosis", "beta"):
            assert answer[name] is None, name
        for word in ("Sharpe", "Sortino", "Omega", "Calmar", "Skewness", "Beta"):
            assert any(said.startswith(word) for said in answer["warnings"]), word
    for path in ("contributions", "correlation", "monte-carlo", "monte-carlo?method=t_copula"):
        ask(f"{pk}/{path}")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_point_and_two(ask: Ask, hold: Hold, count: int) -> None:
    load({"NEW": [5.0, 6.0, 4.0][:count]})
    pk = hold({"NEW": "1"}).pk
    answer = ask(f"{pk}")
    assert answer["observations"] == count - 1
    assert answer["cvar"] is None
    if count < 3:
        assert answer["volatility"] is None
        assert any("nothing can be measured" in said for said in answer["warnings"])
    for path in ("contributions", "correlation", "correlation?method=ledoit_wolf", "monte-carlo"):
        ask(f"{pk}/{path}")


def test_a_series_full_of_holes(ask: Ask, hold: Hold) -> None:
    rng = np.random.default_rng(5)
    closes = path_of(rng.normal(0, 0.04, 600))
    for at in rng.choice(600, 300, replace=False):
        closes[at] = None
    load({"NEW": closes, "BTC": path_of(rng.normal(0, 0.02, 600))})
    pk = hold({"NEW": "1", "BTC": "0.1"}).pk
    holed, filled = ask(f"{pk}", window=600, proxy=False), ask(f"{pk}", window=600)
    assert holed["observations"] < 250
    assert filled["observations"] == 600
    assert 0 < filled["proxied"]["share"] < 1
    assert filled["cvar"]["fraction"] > 0
    for method in ("sample", "ledoit_wolf", "ewma"):
        assert ask(f"{pk}/correlation", method=method)["matrix"][0][0] == 1


def test_ten_years(ask: Ask, hold: Hold) -> None:
    rng = np.random.default_rng(6)
    load({"NEW": path_of(rng.standard_t(3, 3650) * 0.015), "BTC": path_of([0.001] * 3650)})
    answer = ask(f"{hold({'NEW': '1'}).pk}", window=3650, confidence=0.995, horizon=30)
    assert answer["observations"] == 3650
    assert answer["cvar"]["fraction"] >= answer["var"]["historical"]["fraction"]
    assert answer["benchmark"] == "BTC"
    assert answer["last_day"] == datetime(2025, 11, 12, tzinfo=UTC).date().isoformat()


def test_an_asset_without_any_close(ask: Ask, hold: Hold) -> None:
    ensure_asset("NOPE")
    answer = ask(f"{hold({'NOPE': '1'}).pk}")
    assert answer["value"] is None
    assert answer["liquidity"] is None
