"""The risk answer against a second computation straight from the file, and at its edges."""

from __future__ import annotations

import json
import math
import warnings
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from redis import Redis

from accounts.models import User
from markets.models import Asset, Venue
from markets.services import ensure_asset, import_candles
from portfolios.models import Portfolio
from risk.measures import Method
from risk.selectors import Answer, asset_risk, contributions, risk_answer
from tests.risk import by_hand
from tests.risk.conftest import HEADER, Hold, days, generated, line

REAL = Path(__file__).parents[3] / "shared" / "data" / "daily_46_coins_2021_2025.csv"
FILES = ["generated", "real"] if REAL.exists() else ["generated"]
if len(FILES) == 1:
    warnings.warn(f"{REAL.name} is absent: checked on generated closes alone", stacklevel=1)
HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}
EXACT = 1e-9


def figure(answer: Answer, name: str) -> Any:
    """`var.ewma` is the fraction of answer["var"]["ewma"]."""
    found: Any = answer
    for part in name.split("."):
        found = found[part]
    return found["fraction"] if isinstance(found, dict) else found


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest, db: None, valkey: Redis) -> list[str]:
    lines = generated() if request.param == "generated" else REAL.read_text().splitlines()
    import_candles(lines, "stored", skip_bad=True)  # one bar of the real file opens at 0
    return lines


@pytest.mark.parametrize("window", [365, 180])
def test_every_figure_equals_the_hand(file: list[str], hold: Hold, window: int) -> None:
    answer = risk_answer(hold(HELD), window=window)
    quantities = {symbol: float(quantity) for symbol, quantity in HELD.items()}
    hand = by_hand.answer(by_hand.closes_of(file), quantities, window, days(1)[0])
    assert float(answer["value"]) == pytest.approx(hand.value, rel=1e-12)
    assert (answer["observations"], answer["window_days"]) == (window, window)
    for name, expected in hand.figures.items():
        computed = figure(answer, name)
        assert computed == (None if expected is None else pytest.approx(expected, abs=EXACT)), name
    for part in answer["contributions"]:
        symbol = part["symbol"]
        assert part["weight"] == pytest.approx(hand.shares[symbol], abs=EXACT)
        assert part["risk_share"] == pytest.approx(hand.risk[symbol], abs=EXACT)
        assert part["cvar"]["fraction"] == pytest.approx(hand.cvar[symbol], abs=EXACT)


def test_the_figures_of_a_past_day(file: list[str], hold: Hold) -> None:
    then = date(2025, 6, 30)
    answer = risk_answer(hold(HELD), as_of=then)
    quantities = {symbol: float(quantity) for symbol, quantity in HELD.items()}
    hand = by_hand.answer(by_hand.closes_of(file), quantities, 365, then.isoformat())
    if answer["observations"] < 365:  # the generated file begins too late for a full window
        assert any("of 365 days" in warning for warning in answer["warnings"])
    assert answer["as_of"] == "2025-06-30T23:59:59Z"
    assert answer["last_day"] == "2025-06-30"
    assert float(answer["value"]) == pytest.approx(hand.value, rel=1e-12)
    for name, expected in hand.figures.items():
        computed = figure(answer, name)
        assert computed == (None if expected is None else pytest.approx(expected, abs=EXACT)), name


def test_amounts_are_the_fraction_of_the_value(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD))
    value = Decimal(answer["value"])
    losses = [loss for loss in [*answer["var"].values(), answer["cvar"]] if loss]
    assert len(losses) >= 4
    for loss in losses:
        exact = Decimal(repr(loss["fraction"])) * value
        assert abs(Decimal(loss["amount"]) - exact) <= Decimal("1e-18")
        assert "E" not in loss["amount"]


def test_the_parts_sum_to_the_whole(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold({**HELD, "USD": "9000"}), horizon=10)
    parts = answer["contributions"]
    assert sum(part["weight"] for part in parts) == pytest.approx(1)
    assert sum(part["risk_share"] for part in parts) == pytest.approx(1)
    assert sum(part["volatility"] for part in parts) == pytest.approx(answer["volatility"])
    whole = {"var": answer["var"]["parametric"], "cvar": answer["cvar"]}
    for name, loss in whole.items():
        summed = sum(part[name]["fraction"] for part in parts)
        assert summed == pytest.approx(loss["fraction"], abs=EXACT)
        amount = sum(Decimal(part[name]["amount"]) for part in parts)
        assert float(amount) == pytest.approx(float(loss["amount"]), rel=1e-9)


def test_horizons_scale_by_the_square_root_of_time(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    day, tenth = risk_answer(portfolio), risk_answer(portfolio, horizon=10)
    for name in ("var.historical", "var.parametric", "var.ewma", "cvar"):
        expected = figure(day, name) * math.sqrt(10)
        assert figure(tenth, name) == pytest.approx(expected, rel=1e-12)
    assert tenth["volatility"] == day["volatility"]
    assert tenth["score"] == day["score"]


def test_cash_lowers_every_loss(market: list[str], hold: Hold) -> None:
    bare, mixed = risk_answer(hold(HELD)), risk_answer(hold({**HELD, "USD": "50000"}, "Mixed"))
    for name in ("var.historical", "var.ewma", "cvar", "volatility", "score"):
        assert figure(mixed, name) < figure(bare, name)
    cash = next(part for part in mixed["contributions"] if part["symbol"] == "USD")
    assert cash["risk_share"] == pytest.approx(0, abs=1e-12)


def test_twice_the_holdings_is_twice_the_loss(market: list[str], hold: Hold) -> None:
    once = risk_answer(hold({"BTC": "1", "SOL": "10"}))
    twice = risk_answer(hold({"SOL": "20", "BTC": "2"}, "Double"))
    for method in ("historical", "parametric", "ewma"):
        one, two = once["var"][method], twice["var"][method]
        assert two["fraction"] == pytest.approx(one["fraction"], abs=EXACT)
        assert float(two["amount"]) == pytest.approx(2 * float(one["amount"]), rel=1e-9)


def test_several_portfolios_are_one(market: list[str], hold: Hold) -> None:
    parts = [hold({"BTC": "0.5", "ETH": "2"}), hold({"ETH": "3", "SOL": "100"}, "Other")]
    together, one = risk_answer(parts), risk_answer(hold(HELD, "All"))
    assert together["portfolio"] is None
    assert together["trend"] is None
    assert together["value"] == one["value"]
    assert figure(together, "var.historical") == pytest.approx(figure(one, "var.historical"))


def test_another_base_is_measured_in_that_base(market: list[str], hold: Hold) -> None:
    rates = [line(day, "EUR", 1.1 + 0.05 * math.sin(i)) for i, day in enumerate(days(500))]
    import_candles([HEADER, *rates], "stored")
    answer = risk_answer(hold({"BTC": "1", "EUR": "20000"}, base_currency="EUR"))
    quantities = {"BTC": 1.0, "EUR": 20000.0}
    closes = by_hand.closes_of([*market, *rates])
    euros = {s: {d: c / closes["EUR"][d] for d, c in closes[s].items()} for s in ("BTC", "EUR")}
    euros["EUR"] = dict.fromkeys(euros["BTC"], 1.0)
    last = days(1)[0]
    value = sum(quantities[s] * euros[s][last] for s in quantities)
    assert float(answer["value"]) == pytest.approx(value, rel=1e-12)
    share = euros["BTC"][last] / value
    pairs = zip(days(366), days(366)[1:], strict=False)
    series = [share * (euros["BTC"][b] / euros["BTC"][a] - 1) for a, b in pairs]
    mean = sum(series) / 365
    deviation = math.sqrt(sum((r - mean) ** 2 for r in series) / 364)
    assert answer["volatility"] == pytest.approx(deviation * math.sqrt(365), abs=EXACT)
    assert answer["base_currency"] == "EUR"


# --- Where something is missing ------------------------------------------------------------------


def test_nothing_held(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold({}))
    assert answer["value"] == "0"
    assert answer["score"] is None
    assert answer["var"] == answer["cvars"] == dict.fromkeys(Method)
    assert answer["contributions"] == []
    assert any("Nothing with a price is held" in warning for warning in answer["warnings"])


def test_no_portfolio_at_all(db: None, valkey: Redis) -> None:
    answer = risk_answer([], base="EUR")
    assert (answer["value"], answer["score"], answer["base_currency"]) == ("0", None, "EUR")


def test_what_has_no_price_is_named_and_left_out(market: list[str], hold: Hold) -> None:
    ensure_asset("NOPE")
    whole = risk_answer(hold(HELD))
    holed = risk_answer(hold({**HELD, "NOPE": "7"}, "Holed"))
    assert holed["value"] == whole["value"]
    assert holed["var"]["historical"] == whole["var"]["historical"]
    assert any("NOPE" in warning for warning in holed["warnings"])


def test_only_things_without_a_price(market: list[str], hold: Hold) -> None:
    ensure_asset("NOPE")
    answer = risk_answer(hold({"NOPE": "7"}))
    assert answer["value"] is None
    assert answer["hhi"] is None
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def young(count: int, close: float = 2.0) -> None:
    """A coin listed so many days before the end."""
    moves = [close * (1 + 0.1 * math.sin(i)) for i in range(count)]
    rows = [line(day, "NEW", c) for day, c in zip(days(count), moves, strict=True)]
    import_candles([HEADER, *rows], "stored")


def test_a_small_young_coin_is_left_out_of_the_series(market: list[str], hold: Hold) -> None:
    young(40)
    whole = risk_answer(hold(HELD))
    with_new = risk_answer(hold({**HELD, "NEW": "100"}, "New"), proxy=False)
    assert with_new["observations"] == 365
    assert any("NEW has 39 of 365 days" in warning for warning in with_new["warnings"])
    assert figure(with_new, "var.historical") == pytest.approx(figure(whole, "var.historical"))
    new = next(part for part in with_new["contributions"] if part["symbol"] == "NEW")
    assert (new["risk_share"], new["volatility"], new["var"]) == (None, None, None)
    assert Decimal(with_new["value"]) > Decimal(whole["value"])


def test_a_large_young_coin_makes_the_series_short(market: list[str], hold: Hold) -> None:
    young(150)
    answer = risk_answer(hold({"BTC": "0.01", "NEW": "1000"}), proxy=False)
    assert answer["observations"] == 149
    assert answer["proxied"] == {"share": 0.0, "assets": []}
    assert any("The series has 149 of 365 days" in warning for warning in answer["warnings"])
    assert answer["var"]["historical"] is not None


def test_too_few_days_for_a_tail(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    short = risk_answer(portfolio, window=99)
    assert short["cvar"] is None
    assert set(short["var"].values()) == {None}
    assert short["score"] is None
    assert short["volatility"] is not None
    assert any("need 100 days of returns" in warning for warning in short["warnings"])
    assert "too few" in short["sentence"]
    assert risk_answer(portfolio, window=100)["cvar"] is not None
    assert risk_answer(portfolio, confidence=0.99)["cvar"] is None
    assert risk_answer(portfolio, confidence=0.9, window=50)["cvar"] is not None


def test_money_alone_cannot_lose(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold({"USD": "1000"}))
    assert figure(answer, "var.historical") == 0
    assert answer["volatility"] == 0
    assert (answer["sharpe"], answer["sortino"], answer["calmar"]) == (None, None, None)
    assert answer["beta"] == 0
    assert (answer["score"], answer["level"]) == (1.0, "low")
    assert any("Sharpe is undefined" in warning for warning in answer["warnings"])


def test_before_anything_was_held(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD), as_of=date(2024, 12, 1))
    assert answer["value"] == "0"
    assert answer["contributions"] == []


def test_a_day_without_closes_says_which_it_took(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD), as_of=date(2025, 11, 20))
    assert any("no close of 2025-11-20" in warning for warning in answer["warnings"])
    assert answer["last_day"] == "2025-11-12"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("window", 29),
        ("window", 3651),
        ("confidence", 0.79),
        ("confidence", 0.996),
        ("confidence", math.nan),
        ("horizon", 0),
        ("horizon", 31),
        ("as_of", date(2999, 1, 1)),
    ],
)
def test_parameters_out_of_range_are_named(
    market: list[str], hold: Hold, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError) as caught:
        risk_answer(hold(HELD), **{field: value})
    assert list(caught.value.message_dict) == [field]


def test_today_is_now(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    now, today = risk_answer(portfolio), risk_answer(portfolio, as_of=timezone.now())
    assert today["var"] == now["var"]
    yesterday = timezone.now().date() - timedelta(days=1)
    assert risk_answer(portfolio, as_of=yesterday)["var"] == now["var"]


@pytest.mark.parametrize("window", [30, 31, 60, 365, 3650])
def test_never_anything_but_json(market: list[str], hold: Hold, window: int) -> None:
    young(3)
    answer = risk_answer(hold({"BTC": "1", "NEW": "10000000"}), window=window)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


# --- Assets, contributions, sentence -------------------------------------------------------------


def test_one_asset(market: list[str], hold: Hold) -> None:
    answer = asset_risk("SOL")
    whole = risk_answer(hold({"SOL": "1"}))
    assert answer["symbol"] == "SOL"
    for name in ("var.historical", "cvar", "volatility", "beta", "score", "max_drawdown"):
        assert figure(answer, name) == pytest.approx(figure(whole, name))
    then = asset_risk("SOL", as_of=date(2025, 10, 1))
    assert then["last_day"] == "2025-10-01"
    with pytest.raises(Asset.DoesNotExist):
        asset_risk("UNKNOWN")


def test_contributions_are_part_of_the_answer(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD))
    part = contributions(answer)
    assert part["contributions"] == answer["contributions"]
    assert {name: answer[name] for name in part} == part


def test_the_sentence(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold({"BTC": "0.5", "DOGE": "100000"}))
    said = answer["sentence"]
    assert said.startswith("On 1 day in 20 you could lose ")
    assert "USD or more (" in said
    kinds = [token["kind"] for token in answer["sentence_parts"]]
    assert kinds[:5] == ["text", "strong", "text", "money", "text"]
    alone = risk_answer(hold({"BTC": "1"}, "Alone"), horizon=10)
    assert alone["sentence"].startswith("In 1 of 20 periods of 10 days you could lose")
    assert alone["sentence"].endswith("All of it is BTC.")


def test_prices_of_two_venues_never_mix(owner: User, market: list[str], hold: Hold) -> None:
    import_candles([HEADER, *[line(day, "BTC", 10.0) for day in days(400)]], "elsewhere")
    here = hold(HELD, venue=Venue.objects.get(slug="stored"))
    there = hold({"BTC": "1"}, "There", venue=Venue.objects.get(slug="elsewhere"))
    alone, both = risk_answer(here), risk_answer([here, there])
    assert both["value"] == alone["value"]
    assert any("another venue" in warning and "There" in warning for warning in both["warnings"])


def test_every_figure_explains_itself(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD))
    for measure in ("volatility", "var_historical", "var_ewma", "cvar", "score", "beta"):
        why = answer["explain"][measure]
        assert why["formula"]
        assert why["observations"] == 365
        assert why["source"] == "stored, daily closes up to 2025-11-12"


def test_portfolio_of_the_answer(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    assert risk_answer(portfolio)["portfolio"] == portfolio.pk
    assert Portfolio.objects.count() == 1
