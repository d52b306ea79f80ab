"""The thirteen measures of many portfolios: the kernel beside other ways, in one process.

Run by bench.risk_kernel with the interpreter of .venv-bench, where the peers are; it prints a
Markdown table. Every way starts from the assets' returns and sparse weights. Peers measure fewer
portfolios and are scaled; those that lack a measure say how many they have. Time is CPU time of
one core, the best of several rounds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from statistics import NormalDist
from typing import Any, Final, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from risk import reference
from risk.kernel import MEASURES, Universe, measure_many

DAYS: Final = 1095
ASSETS: Final = 200
PORTFOLIOS: Final = 10_000
YEAR: Final = 365


class Batch(NamedTuple):
    """Returns (days, assets), a benchmark (days,), and books in CSR form."""

    returns: Any
    benchmark: Any
    indptr: Any
    indices: Any
    weights: Any

    def first(self, count: int) -> Batch:
        end = self.indptr[count]
        cut = self.indptr[: count + 1], self.indices[:end], self.weights[:end]
        return Batch(self.returns, self.benchmark, *cut)

    def series(self, book: int) -> Any:
        at = slice(self.indptr[book], self.indptr[book + 1])
        return self.returns[:, self.indices[at]] @ self.weights[at]

    @property
    def books(self) -> int:
        return len(self.indptr) - 1


def batch() -> Batch:
    """5 to 15 assets a portfolio out of 200 that share a market and have fat tails."""
    rng = np.random.default_rng(1)
    market = rng.standard_t(4, (DAYS, 1)) * 0.02
    returns = np.clip(market + rng.standard_t(4, (DAYS, ASSETS)) * 0.02, -0.9, None)
    sizes = rng.integers(5, 16, PORTFOLIOS)
    return Batch(
        returns,
        returns[:, 0].copy(),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([rng.choice(ASSETS, size, replace=False) for size in sizes]),
        np.concatenate([rng.dirichlet(np.ones(size)) for size in sizes]),
    )


def numpy_batched(asked: Batch) -> Any:
    """All thirteen over a dense weight matrix, 500 portfolios at a time."""
    return [_dense(asked, at, min(at + 500, asked.books)) for at in range(0, asked.books, 500)]


def _dense(asked: Batch, start: int, end: int) -> Any:
    shares = np.zeros((ASSETS, end - start))
    for book in range(start, end):
        at = slice(asked.indptr[book], asked.indptr[book + 1])
        shares[asked.indices[at], book - start] = asked.weights[at]
    r = asked.returns @ shares
    mean, deviation = r.mean(axis=0), r.std(axis=0, ddof=1)
    standard = (r - mean) / r.std(axis=0)
    skew, kurtosis = (standard**3).mean(axis=0), (standard**4).mean(axis=0) - 3
    z = NormalDist().inv_cdf(0.05)
    bent = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    bent -= (2 * z**3 - 5 * z) * skew**2 / 36
    ordered = np.partition(r, [53, 54, 55], axis=0)
    mass = DAYS * 0.05
    tail = -(ordered[:54].sum(axis=0) + (mass - 54) * ordered[54]) / mass
    wealth = np.vstack([np.ones(r.shape[1]), np.cumprod(1 + r, axis=0)])
    drawn = wealth / np.maximum.accumulate(wealth, axis=0) - 1
    decayed = 0.06 * 0.94 ** np.arange(DAYS - 1, -1, -1)
    moved = asked.benchmark - asked.benchmark.mean()
    return (
        deviation * np.sqrt(YEAR),
        -(ordered[54] + 0.7 * (ordered[55] - ordered[54])),
        -(mean + z * deviation),
        -(mean + bent * deviation),
        -z * np.sqrt(decayed @ r**2),
        tail,
        mean / deviation * np.sqrt(YEAR),
        mean * YEAR / np.sqrt((np.minimum(r, 0) ** 2).mean(axis=0) * YEAR),
        (wealth[-1] ** (YEAR / DAYS) - 1) / -drawn.min(axis=0),
        drawn.min(axis=0),
        drawn[-1],
        moved @ r / (moved @ moved),
        (shares**2).sum(axis=0),
    )


def by_reference(asked: Batch) -> Any:
    return reference.measure_many(*asked)


def by_pandas(asked: Batch) -> Any:
    pd = import_module("pandas")
    benchmark, z = pd.Series(asked.benchmark), NormalDist().inv_cdf(0.05)
    for book in range(asked.books):
        r = pd.Series(asked.series(book))
        mean, deviation, quantile = r.mean(), r.std(), r.quantile(0.05)
        skew, kurtosis = r.skew(), r.kurt()
        bent = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
        wealth = (1 + r).cumprod()
        drawn = wealth / wealth.cummax() - 1
        yield (
            deviation * YEAR**0.5,
            -quantile,
            -(mean + z * deviation),
            -(mean + bent * deviation),
            -z * (r**2).ewm(alpha=0.06, adjust=False).mean().iloc[-1] ** 0.5,
            -r[r <= quantile].mean(),
            mean / deviation * YEAR**0.5,
            mean * YEAR / ((r.clip(upper=0) ** 2).mean() * YEAR) ** 0.5,
            (wealth.iloc[-1] ** (YEAR / DAYS) - 1) / -drawn.min(),
            drawn.min(),
            drawn.iloc[-1],
            r.cov(benchmark) / benchmark.var(),
        )


def by_empyrical(asked: Batch) -> Any:
    e = import_module("empyrical")
    for book in range(asked.books):
        r = asked.series(book)
        yield (
            e.annual_volatility(r, annualization=YEAR),
            e.value_at_risk(r),
            e.conditional_value_at_risk(r),
            e.sharpe_ratio(r, annualization=YEAR),
            e.sortino_ratio(r, annualization=YEAR),
            e.calmar_ratio(r, annualization=YEAR),
            e.max_drawdown(r),
            e.beta(r, asked.benchmark),
        )


def by_quantstats(asked: Batch) -> Any:
    pd, s = import_module("pandas"), import_module("quantstats.stats")
    days = pd.date_range("2023-01-01", periods=DAYS)
    benchmark = pd.Series(asked.benchmark, days, name="benchmark")
    for book in range(asked.books):
        r = pd.Series(asked.series(book), days, name="portfolio")
        yield (
            s.volatility(r, periods=YEAR),
            s.value_at_risk(r),
            s.conditional_value_at_risk(r),
            s.sharpe(r, periods=YEAR),
            s.sortino(r, periods=YEAR),
            s.calmar(r),
            s.max_drawdown(r),
            s.greeks(r, benchmark, periods=YEAR)["beta"],
        )


def by_riskfolio(asked: Batch) -> Any:
    rk = import_module("riskfolio.src.RiskFunctions")
    for book in range(asked.books):
        r = asked.series(book)[:, None]
        yield (
            r.std(ddof=1),
            rk.VaR_Hist(r),
            rk.CVaR_Hist(r),
            r.mean() / r.std(ddof=1),
            r.mean() / rk.SemiDeviation(r),
            r.mean() / rk.MDD_Rel(r),
            rk.MDD_Rel(r),
        )


def by_vectorbt(asked: Batch) -> Any:
    pd, vbt = import_module("pandas"), import_module("vectorbt")
    shares = np.zeros((ASSETS, asked.books))
    for book in range(asked.books):
        at = slice(asked.indptr[book], asked.indptr[book + 1])
        shares[asked.indices[at], book] = asked.weights[at]
    frame = pd.DataFrame(asked.returns @ shares, index=pd.date_range("2023-01-01", periods=DAYS))
    r = vbt.returns.accessors.ReturnsAccessor(frame, freq="1D", year_freq=f"{YEAR}D")
    benchmark = np.broadcast_to(asked.benchmark[:, None], frame.shape)
    return [
        r.annualized_volatility(),
        r.value_at_risk(),
        r.cond_value_at_risk(),
        r.sharpe_ratio(),
        r.sortino_ratio(),
        r.calmar_ratio(),
        r.max_drawdown(),
        r.beta(pd.DataFrame(benchmark, frame.index, frame.columns)),
    ]


#: Name, distribution (none: part of ours), portfolios, measures of the thirteen, the way.
WAYS: Final[list[tuple[str, str, int, int, Callable[[Batch], Any]]]] = [
    ("batched NumPy", "numpy", 2_000, 13, numpy_batched),
    ("vectorbt", "vectorbt", 1_000, 8, by_vectorbt),
    ("empyrical", "empyrical-reloaded", 100, 8, by_empyrical),
    ("riskfolio", "riskfolio-lib", 60, 7, by_riskfolio),
    ("our NumPy reference", "", 100, 13, by_reference),
    ("pandas", "pandas", 60, 12, by_pandas),
    ("quantstats", "quantstats", 30, 8, by_quantstats),
]


def microseconds(work: Callable[[], Any], count: int, rounds: int) -> float:
    """CPU time a portfolio of the best of `rounds`, after one to warm up."""
    best = float("inf")
    for number in range(rounds + 1):
        started = time.process_time()
        found = work()
        if hasattr(found, "__next__"):
            found = list(found)
        taken = time.process_time() - started
        best = min(best, taken) if number else best
    return best / count * 1e6


def furthest(asked: Batch, universe: Universe) -> float:
    """Largest difference of the kernel from the reference, relative beyond one."""
    few = asked.first(500)
    found = measure_many(universe, few.indptr, few.indices, few.weights)
    worst = 0.0
    for row, expected in zip(found, reference.measure_many(*few), strict=True):
        for name in MEASURES:
            want = expected[name]
            if want is not None:
                worst = max(worst, abs(float(row[name]) - want) / max(1.0, abs(want)))
    return worst


def main() -> None:
    asked = batch()
    started = time.process_time()
    universe = Universe.of([f"A{n}" for n in range(ASSETS)], asked.returns, asked.benchmark)
    cached = universe.betas, universe.covariance, universe.decayed
    once = time.process_time() - started
    books = asked.indptr, asked.indices, asked.weights
    ours = microseconds(lambda: measure_many(universe, *books), PORTFOLIOS, 15)
    print(
        "| way | version | portfolios measured | of the 13 measures | µs a portfolio | times ours |"
    )
    print("|---|---|---:|---:|---:|---:|")
    print(f"| **ours: the kernel** | | {PORTFOLIOS:,} | 13 | **{ours:.2f}** | 1 |")
    for name, package, count, measures, way in WAYS:
        few = asked.first(count)
        taken = microseconds(lambda few=few, way=way: way(few), count, 3)  # type: ignore[misc]
        number = version(package) if package else ""
        print(
            f"| {name} | {number} | {count:,} | {measures} | {taken:,.1f} | {taken / ours:,.0f} |"
        )
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(
        f"\n{PORTFOLIOS:,} portfolios of 5 to 15 out of {ASSETS} assets, {DAYS:,} days, CPU time"
        f" of one core, best of 15 (peers: of 3). The universe ({len(cached)} caches, once a day)"
        f" took {once * 1e3:.0f} ms and is not in the figure. Kernel and reference differ by at"
        f" most {furthest(asked, universe):.0e}. Load of the machine meanwhile: {loads}."
    )


if __name__ == "__main__":
    main()
