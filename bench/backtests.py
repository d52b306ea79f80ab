"""Grades of the six methods on a file of daily closes: `python -m bench.backtests FILE.csv`.

Walks over the whole past of three books whose weights never change (all coins alike, BTC 60 % and
ETH 40 %, twelve coins at random), at 95 % from 365 days and at 99 % from 500, and prints the table
of docs/risk.md. The file has the columns of `manage.py import_candles`.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from risk.backtests import Grade, Recommendation, days_needed, grade, recommend, walk
from risk.backtests.grades import NAMES
from risk.measures import Array, Method
from risk.series import simple_returns

SEED = 7
WINDOW = 365
CONFIDENCES = (0.95, 0.99)


def closes_of(file: Path) -> tuple[list[str], list[str], Array]:
    """Days on which every coin has a close, the coins, and these closes (days, coins)."""
    rows: dict[str, dict[str, float]] = {}
    with file.open() as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["date"], {})[row["symbol"].removesuffix("USDT")] = float(
                row["close"]
            )
    symbols = sorted({symbol for row in rows.values() for symbol in row})
    days = [day for day in sorted(rows) if len(rows[day]) == len(symbols)]
    return days, symbols, np.array([[rows[day][s] for s in symbols] for day in days])


def books(symbols: list[str]) -> dict[str, Array]:
    """Weights (coins,) of each book."""
    alike = np.full(len(symbols), 1.0 / len(symbols))
    two = np.array([{"BTC": 0.6, "ETH": 0.4}.get(symbol, 0.0) for symbol in symbols])
    rng = np.random.default_rng(SEED)
    some = np.zeros(len(symbols))
    some[rng.choice(len(symbols), 12, replace=False)] = rng.dirichlet(np.ones(12))
    return {
        f"all {len(symbols)} alike": alike,
        "BTC 60 %, ETH 40 %": two,
        "12 coins at random": some,
    }


def graded(returns: Array, confidence: float) -> tuple[list[Grade], Recommendation]:
    window = days_needed(confidence, WINDOW)
    losses = walk(returns, confidence, window)
    grades = [grade(m, returns[window:], losses[m], confidence) for m in Method]
    return grades, recommend(grades)


def lines_of(name: str, grades: list[Grade], advice: Recommendation) -> Iterator[str]:
    for one in grades:
        tests = [one.kupiec, one.independence, one.joint]
        p = " | ".join("none" if test is None else f"{test.p:.3f}" for test in tests)
        loss = "none" if one.quantile_loss is None else f"{one.quantile_loss * 1e4:.2f}"
        mark = " **(recommended)**" if one.method is advice.method else ""
        method = NAMES[one.method] + mark
        light = f"{one.light or 'none'} ({one.light_exceptions})"
        yield (
            f"| {name} | {method} | {one.observations} | {one.exceptions} / {one.expected:.1f} "
            f"| {p} | {light} | {loss} |"
        )


def main(file: Path) -> None:
    days, symbols, closes = closes_of(file)
    returns = simple_returns(closes)
    print(f"{len(symbols)} coins, {days[0]} to {days[-1]}, {len(returns)} returns\n")
    for confidence in CONFIDENCES:
        print(
            f"| book at {confidence:.0%} | method | days | exceptions / promised | Kupiec p "
            "| Christoffersen p | joint p | light (last 365) | quantile loss, bp |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        began = time.perf_counter()
        reasons = []
        for name, weights in books(symbols).items():
            grades, advice = graded(returns @ weights, confidence)
            print("\n".join(lines_of(name, grades, advice)))
            reasons.append(f"{name}: {advice.reason}")
        print("\n" + "\n".join(reasons))
        print(f"{len(reasons)} walks in {time.perf_counter() - began:.2f} s\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
