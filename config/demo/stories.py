"""Two years of three tempers, told on whatever the prices were. Deterministic.

A story is rows for ``portfolios.services.add_transactions``; prices lie within the day's range.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from config.demo.tape import Span

Row = dict[str, Any]
Prices = Callable[[str, date], Span | None]
SPAN = timedelta(days=730)
SYMBOLS = frozenset(
    [
        "BTC",
        "ETH",
        "SOL",
        "BNB",
        "DOGE",
        "AVAX",
        "INJ",
        "LINK",
        "SUI",
        "TIDE",
        "KELP",
        "USDC",
        "EUR",
    ]
)
ZERO = Decimal(0)
TENTH_OF_A_PERCENT = Decimal("0.001")


@dataclass
class Teller:
    """Collects a story's rows and keeps count of what is held, so that no sale is impossible."""

    key: str
    prices: Prices
    today: date
    location: str
    rows: list[Row] = field(default_factory=list)
    held: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def __post_init__(self) -> None:
        self._dice = random.Random(self.key)  # noqa: S311 - a story, not a secret

    def day(self, since_start: int) -> date:
        return self.today - SPAN + timedelta(days=since_start)

    def price(self, symbol: str, day: date) -> Decimal | None:
        """Somewhere within the day's range, in five significant digits; None: not traded then."""
        span = self.prices(symbol, day)
        if span is None:
            return None
        exact = span.low + (span.high - span.low) * Decimal(str(round(self._dice.random(), 3)))
        places = max(0, 4 - exact.adjusted())
        return min(max(exact.quantize(Decimal(1).scaleb(-places)), span.low), span.high)

    def buy(self, since_start: int, symbol: str, dollars: int, **more: Any) -> None:
        """Spend about so many dollars; a coin that was not traded yet is not bought."""
        day = self.day(since_start)
        price = self.price(symbol, day)
        if price is None:
            return
        quantity = _units(Decimal(dollars) / price)
        fee = (quantity * price * TENTH_OF_A_PERCENT).quantize(Decimal("0.01"))
        self.add("buy", day, symbol, quantity, price=price, **{"fee": fee, **more})
        self.held[symbol] += quantity

    def sell(self, since_start: int, symbol: str, share: str, **more: Any) -> None:
        """Sell a share of what is held."""
        day = self.day(since_start)
        price = self.price(symbol, day)
        quantity = _units(self.held[symbol] * Decimal(share))
        if price is None or not quantity:
            return
        fee = (quantity * price * TENTH_OF_A_PERCENT).quantize(Decimal("0.01"))
        self.add("sell", day, symbol, quantity, price=price, **{"fee": fee, **more})
        self.held[symbol] -= quantity

    def reward(self, since_start: int, symbol: str, rate: str, note: str) -> None:
        """Interest or staking rewards on what is held."""
        quantity = _units(self.held[symbol] * Decimal(rate))
        if quantity:
            self.add("reward", self.day(since_start), symbol, quantity, note=note)
            self.held[symbol] += quantity

    def deposit(self, since_start: int, symbol: str, quantity: str, **more: Any) -> None:
        self.add("deposit", self.day(since_start), symbol, Decimal(quantity), **more)
        self.held[symbol] += Decimal(quantity)

    def withdraw(self, since_start: int, symbol: str, quantity: str, note: str) -> None:
        self.add("withdrawal", self.day(since_start), symbol, Decimal(quantity), note=note)
        self.held[symbol] -= Decimal(quantity)

    def pay(self, since_start: int, symbol: str, quantity: str, note: str) -> None:
        self.add("fee", self.day(since_start), symbol, Decimal(quantity), note=note)
        self.held[symbol] -= Decimal(quantity)

    def transfer(self, since_start: int, symbol: str, share: str, to: str, fee: str) -> None:
        quantity = _units(self.held[symbol] * Decimal(share))
        day = self.day(since_start)
        self.add("transfer", day, symbol, quantity, to_location=to, fee=Decimal(fee))
        self.held[symbol] -= Decimal(fee)

    def add(self, kind: str, day: date, symbol: str, quantity: Decimal, **more: Any) -> None:
        moment = time(self._dice.randrange(7, 22), self._dice.randrange(60))
        self.rows.append(
            {
                "type": kind,
                "symbol": symbol,
                "quantity": quantity,
                "executed_at": datetime.combine(day, moment, UTC),
                "location": self.location,
                "external_id": f"demo-{self.key}-{len(self.rows) + 1:03}",
                **more,
            }
        )


def _units(exact: Decimal) -> Decimal:
    """Six significant digits, rounded down: what an exchange would have filled."""
    if exact <= 0:
        return ZERO
    return exact.quantize(Decimal(1).scaleb(min(0, exact.adjusted() - 5)), rounding=ROUND_DOWN)


def calm_core(prices: Prices, today: date) -> list[Row]:
    """Bitcoin and Ether on the third of every month, staking, and a move to cold storage."""
    teller = Teller("core", prices, today, "Kraken")
    teller.deposit(0, "BTC", "0.25", price=Decimal(41250), note="Bought in earlier years")
    teller.deposit(1, "ETH", "2", note="From an old wallet, price forgotten")
    for month in range(24):
        at = 3 + round(month * 30.4)
        teller.buy(at, "BTC", 600, note="Monthly savings plan")
        teller.buy(at, "ETH", 300, note="Monthly savings plan")
        if month >= 6:
            teller.reward(at + 12, "ETH", "0.0026", "Staking")
        if month == 13:
            teller.transfer(at + 2, "BTC", "0.75", "Cold storage", "0.00012")
        if month == 19:
            teller.sell(at + 5, "ETH", "0.15", note="New roof")
    teller.pay(366, "BTC", "0.0004", "Custody, first year")
    return teller.rows


def concentrated_bet(prices: Prices, today: date) -> list[Row]:
    """Solana and whatever was talked about, in and out, with gains and losses."""
    teller = Teller("bet", prices, today, "Binance")
    teller.buy(20, "BNB", 400, note="For the fees")
    teller.buy(24, "SOL", 9000)
    teller.buy(41, "DOGE", 2500, fee=Decimal("0.004"), fee_symbol="BNB")
    teller.buy(66, "AVAX", 3000, fee=Decimal("0.004"), fee_symbol="BNB")
    teller.buy(95, "INJ", 2200)
    teller.sell(131, "DOGE", "0.5", note="Took half off the table")
    teller.buy(160, "SOL", 4000)
    teller.sell(188, "AVAX", "1", note="Lost patience")
    teller.buy(215, "LINK", 2600)
    teller.buy(262, "SUI", 3000, fee=Decimal("0.005"), fee_symbol="BNB")
    teller.sell(301, "SOL", "0.25")
    teller.buy(338, "SOL", 6000, note="Back in")
    teller.sell(377, "INJ", "0.6")
    teller.buy(409, "DOGE", 1500)
    teller.sell(452, "LINK", "0.5")
    teller.buy(488, "SUI", 2500)
    for month in range(8):
        teller.reward(500 + 28 * month, "SOL", "0.0051", "Staking")
    teller.buy(533, "TIDE", 1800, note="Listed last week")
    teller.sell(571, "SUI", "0.3")
    teller.sell(604, "TIDE", "0.7", note="Cut the loss")
    teller.buy(606, "USDC", 14000, note="Powder kept dry")
    teller.buy(688, "KELP", 900, note="A friend swears by it")
    teller.sell(709, "DOGE", "0.4")
    teller.sell(713, "USDC", "1", note="All in again")
    teller.buy(713, "SOL", 8000, note="All in again")
    teller.buy(714, "SUI", 6000)
    return teller.rows


def stable_reserve(prices: Prices, today: date) -> list[Row]:
    """Euros and dollars for bad days, with interest, and a little Bitcoin. Cash is tracked."""
    teller = Teller("reserve", prices, today, "Coinbase")
    teller.deposit(5, "EUR", "16000", note="Savings")
    for since_start, euros in ((9, 5000), (120, 2500), (330, 1500)):
        _dollars_for(teller, since_start, euros)
    for month in range(23):
        teller.reward(38 + 30 * month, "USDC", "0.0034", "Interest")
    _bitcoin_for(teller, 61, 700)
    teller.deposit(240, "EUR", "4000", note="Bonus")
    _bitcoin_for(teller, 388, 500)
    teller.withdraw(455, "EUR", "1800", "Car repair")
    _bitcoin_for(teller, 602, 400)
    teller.deposit(655, "EUR", "1500", note="Savings")
    return teller.rows


def _dollars_for(teller: Teller, since_start: int, euros: int) -> None:
    """Buy USDC with so many of the euros held."""
    day = teller.day(since_start)
    dollar, euro = teller.price("USDC", day), teller.price("EUR", day)
    if dollar is None or euro is None:
        return
    price = (dollar / euro).quantize(Decimal("0.0001"))
    quantity = _units(Decimal(euros) / price)
    teller.add("buy", day, "USDC", quantity, price=price, currency="EUR", fee=Decimal("2.50"))
    teller.held["USDC"] += quantity


def _bitcoin_for(teller: Teller, since_start: int, dollars: int) -> None:
    """Buy Bitcoin with so many of the USDC held."""
    day = teller.day(since_start)
    coin, dollar = teller.price("BTC", day), teller.price("USDC", day)
    if coin is None or dollar is None:
        return
    price = (coin / dollar).quantize(Decimal("0.01"))
    quantity = _units(Decimal(dollars) / price)
    teller.add("buy", day, "BTC", quantity, price=price, currency="USDC", fee=Decimal("1.00"))
    teller.held["BTC"] += quantity
    teller.held["USDC"] -= quantity * price + 1
