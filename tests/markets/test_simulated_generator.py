"""The generated market has the facts of crypto, and is the same whenever it is asked for."""

from datetime import date

import numpy as np
import pytest

from markets.simulated import generator
from markets.simulated.coins import BATCHES, COINS
from markets.simulated.generator import ANCHOR, UNIX_EPOCH, Days, generate
from markets.simulated.market import DEFAULT_SEED, HISTORY_DAYS

NOW = date(2026, 11, 21).toordinal() - UNIX_EPOCH
OLD = [i for i, coin in enumerate(COINS) if coin.kind == "coin" and coin.listed is None]
STABLE = [i for i, coin in enumerate(COINS) if coin.kind == "stable"]
FIAT = [i for i, coin in enumerate(COINS) if coin.kind == "fiat"]


@pytest.fixture(scope="module", params=[DEFAULT_SEED, 1, 23])
def days(request: pytest.FixtureRequest) -> Days:
    return generate(request.param, NOW)


def returns(days: Days, columns: list[int]) -> np.ndarray:
    moves: np.ndarray = np.diff(np.log(days.close[-HISTORY_DAYS:, columns]), axis=0)
    return moves


def annual(days: Days, columns: list[int]) -> np.ndarray:
    daily: np.ndarray = returns(days, columns).std(axis=0, ddof=1)
    return daily * float(np.sqrt(365))


def test_about_thirty_coins_and_the_pairs_beside_them() -> None:
    assert len([coin for coin in COINS if coin.kind == "coin"]) == 32
    assert {COINS[i].base for i in STABLE} == {"USDC", "DAI", "FDUSD"}
    assert {COINS[i].base for i in FIAT} == {"EUR", "GBP", "CHF", "JPY", "CAD", "AUD"}
    assert [coin.base for coin in COINS if coin.listed] == ["TIDE", "KELP"]


def test_volatility_is_that_of_crypto(days: Days) -> None:
    bitcoin, ether = annual(days, [0, 1])
    assert 0.40 <= bitcoin <= 0.65
    assert ether > bitcoin
    assert np.median(annual(days, OLD)) > 0.65
    assert (annual(days, FIAT) < 0.12).all()


def test_returns_move_together(days: Days) -> None:
    table = np.corrcoef(returns(days, OLD).T)
    assert 0.75 <= table[0, 1] <= 0.90
    assert 0.45 <= np.median(table[np.triu_indices(len(OLD), 1)]) <= 0.85


def test_tails_are_fat_and_volatility_clusters(days: Days) -> None:
    moves = returns(days, OLD)
    centred = moves - moves.mean(axis=0)
    kurtosis = (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2
    assert (kurtosis > 4).all()
    size = np.abs(moves[:, 0])
    echoes = [np.corrcoef(size[:-lag], size[lag:])[0, 1] for lag in range(1, 8)]
    assert np.mean(echoes) > 0.08  # white noise stays below 2/√1460 = 0.05
    plain = [np.corrcoef(moves[:-lag, 0], moves[lag:, 0])[0, 1] for lag in range(1, 8)]
    assert abs(np.mean(plain)) < 0.06


def test_crash_days_hit_alts_harder_and_raise_correlation(days: Days) -> None:
    moves = returns(days, OLD)
    crashes = days.crash[-HISTORY_DAYS + 1 :]
    assert 6 <= crashes.sum() <= 10
    falls = np.exp(moves[crashes]) - 1
    alts = falls[:, 2:].mean(axis=1)
    assert (alts < -0.15).all()
    assert (falls > -0.50).all()
    assert (alts < falls[:, 0]).all()
    stress = np.abs(moves[:, 0]) > np.quantile(np.abs(moves[:, 0]), 0.9)

    def mean_correlation(rows: np.ndarray) -> float:
        return float(np.corrcoef(moves[rows].T)[np.triu_indices(len(OLD), 1)].mean())

    assert mean_correlation(stress) > mean_correlation(~stress)


def test_stablecoins_stay_near_one_and_slip_seldom(days: Days) -> None:
    scale = 10.0 ** np.array([COINS[i].price_decimals for i in STABLE])
    away = np.abs(days.close[-HISTORY_DAYS:, STABLE] / scale - 1)
    assert (away < 0.01).mean() > 0.995
    assert away.max() < 0.05


def test_levels_are_plausible_and_do_not_explode(days: Days) -> None:
    closes = days.close[-HISTORY_DAYS:, OLD].astype(float)
    levels = np.array([COINS[i].level * 10 ** COINS[i].price_decimals for i in OLD])
    assert (np.abs(np.log(days.close[ANCHOR - days.first, OLD] / levels)) < 0.01).all()
    assert (closes.max(axis=0) / closes.min(axis=0) < 60).all()


def test_bars_are_sane(days: Days) -> None:
    assert (days.low >= 1).all()
    assert (days.low <= np.minimum(days.open, days.close)).all()
    assert (days.high >= np.maximum(days.open, days.close)).all()
    assert (days.open[1:] == days.close[:-1]).all()
    assert (days.volume > 0).all()


def test_later_days_leave_the_past_as_it_is(days: Days) -> None:
    seed = generate(DEFAULT_SEED, NOW)
    later = generate(DEFAULT_SEED, NOW + 400)
    rows = len(seed.crash)
    for name in ("open", "high", "low", "close", "volume", "buy", "activity", "crash"):
        assert np.array_equal(getattr(seed, name), getattr(later, name)[:rows]), name


def test_another_seed_is_another_market() -> None:
    assert not np.array_equal(generate(1, NOW).close, generate(2, NOW).close)


def test_later_pairs_leave_the_first_ones_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate(DEFAULT_SEED, NOW)
    monkeypatch.setattr(generator, "BATCHES", BATCHES[:1])
    alone = generate(DEFAULT_SEED, NOW)
    first = BATCHES[0]
    for name in ("open", "high", "low", "close", "volume", "buy", "activity", "sigma"):
        assert np.array_equal(getattr(whole, name)[:, first], getattr(alone, name)), name
