"""A file from upload to ledger, and back out of it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from markets.models import Venue
from markets.services import ensure_asset
from portfolios import services
from portfolios.models import (
    ImportJob,
    ImportMapping,
    ImportState,
    Portfolio,
    Transaction,
)
from portfolios.services.content import content_of
from tests.portfolios.conftest import Add, days_ago, store_closes

FILES = Path(__file__).parent / "files"


@pytest.fixture(autouse=True)
def _prices(venue: Venue) -> None:
    """What the sample files of winter and spring 2024 name has a close a week."""
    today = datetime.now(UTC).date()
    weeks = [date(2023, 12, 1) + timedelta(days=6 * n) for n in range(30)]
    levels = {"BTC": "50000", "ETH": "2500", "BNB": "400", "XRP": "0.5", "DOT": "7", "1INCH": ".5"}
    for symbol, level in levels.items():
        closes = {(today - day).days: Decimal(level) for day in weeks}
        store_closes(venue, symbol, closes)
    store_closes(venue, "EUR", {(today - day).days: Decimal("1.1") for day in weeks})
    ensure_asset("USDT")


def upload(portfolio: Portfolio, content: bytes | str, name: str = "file.csv") -> ImportJob:
    raw = content.encode() if isinstance(content, str) else content
    job = services.start_import(
        portfolio=portfolio, user=portfolio.owner, file=io.BytesIO(raw), filename=name
    )
    return read(job)


def read(job: ImportJob) -> ImportJob:
    services.read_import(job.pk)
    job.refresh_from_db()
    return job


def written(job: ImportJob) -> ImportJob:
    services.commit_import(job=job)
    services.write_import(job.pk)
    job.refresh_from_db()
    return job


def ledger(portfolio: Portfolio) -> list[dict[str, object]]:
    rows = portfolio.transactions.select_related("asset", "fee_asset", "to_asset")
    return [content_of(row) for row in rows.order_by("executed_at", "id")]


GENERIC = """Date,Type,Asset,Quantity,Price,Currency,Fee,Comment
{day} 10:00:00,buy,BTC,2,50000,USD,10,first
{day} 11:00:00,sell,BTC,0.5,51000,USD,,
{day} 12:00:00,staking,ETH,0.25,,,,weekly
"""


def plain(days: int = 20) -> str:
    return GENERIC.replace("{day}", days_ago(days).isoformat())


def test_a_file_is_previewed_written_once_and_undone(portfolio: Portfolio) -> None:
    job = upload(portfolio, plain())
    assert (job.state, job.format) == (ImportState.READY, "generic")
    assert job.summary["verdicts"]["new"] == 3
    assert not Transaction.objects.exists()
    written(job)
    assert (job.state, job.summary["added"], job.content) == (ImportState.DONE, 3, None)
    assert portfolio.holdings.get(asset__symbol="BTC").quantity == Decimal("1.5")
    assert set(portfolio.transactions.values_list("import_job", flat=True)) == {job.pk}
    again = upload(portfolio, plain())
    assert again.summary["verdicts"]["known"] == 3
    with pytest.raises(ValidationError, match="nothing to import"):
        services.commit_import(job=again)
    assert services.undo_import(job=job, user=portfolio.owner) == 3
    assert not Transaction.objects.exists()


def test_the_mapper_remembers(portfolio: Portfolio, mate: User) -> None:
    text = f"Wann;Was;Wieviel;Wovon\n{days_ago(9):%d.%m.%Y} 10:00;Kauf?;1,5;BTC\n"
    job = upload(portfolio, text, "bank.csv")
    assert set(job.summary["missing"]) == {"executed_at", "quantity", "symbol"} - set(job.columns)
    columns = {"executed_at": "Wann", "type": "Was", "quantity": "Wieviel", "symbol": "Wovon"}
    options = {"types": {"Kauf?": "deposit"}, "decimal": ",", "date_order": "dmy"}
    services.change_import(job=job, columns=columns, options=options)
    assert read(job).summary["verdicts"]["new"] == 1
    assert ImportMapping.objects.get().name == "bank"
    second = upload(portfolio, text.replace("1,5", "2,5"), "later.csv")
    assert (second.columns, second.summary["remembered"]) == (columns, "bank")
    assert second.summary["verdicts"]["new"] == 1


SAMPLES = [
    ("binance_trades.csv", "binance-trades", {"new": 5, "wrong": 1}),
    ("binance_statement.csv", "binance-statement", {"new": 4, "wrong": 4, "ignored": 8}),
    ("coinbase.csv", "coinbase", {"new": 8, "wrong": 1, "ignored": 2}),
    ("kraken_ledgers.csv", "kraken-ledgers", {"new": 7, "wrong": 1, "ignored": 5}),
    ("kraken_trades.csv", "kraken-trades", {"new": 2, "wrong": 1}),
    ("generic_german.csv", "generic", {"new": 3}),
]


@pytest.mark.parametrize(("name", "kind", "verdicts"), SAMPLES)
def test_a_sample_is_recognised_written_and_known_again(
    name: str, kind: str, verdicts: dict[str, int], portfolio: Portfolio
) -> None:
    """Wrong are: a fee in BNB that was never bought, coins sold that never came, futures, a margin
    result, a note that says nothing.
    """
    content = (FILES / name).read_bytes()
    job = upload(portfolio, content, name)
    found = {verdict: count for verdict, count in job.summary["verdicts"].items() if count}
    assert (job.format, found) == (kind, verdicts)
    services.change_import(job=job, options={"wrong": "skip"})
    assert written(job).summary["added"] == verdicts["new"]
    again = upload(portfolio, content, name)
    assert (again.summary["verdicts"]["known"], again.summary["verdicts"]["new"]) == (
        verdicts["new"],
        0,
    )


def test_both_files_of_kraken_are_one_ledger(portfolio: Portfolio) -> None:
    """The trades of ledgers.csv are those of trades.csv, by the venue's own ids."""
    ledgers = upload(portfolio, (FILES / "kraken_ledgers.csv").read_bytes())
    services.change_import(job=ledgers, options={"wrong": "skip"})
    written(ledgers)
    trades = upload(portfolio, (FILES / "kraken_trades.csv").read_bytes())
    assert (trades.summary["verdicts"]["known"], trades.summary["verdicts"]["new"]) == (2, 1)


def test_a_likeness_is_not_ticked(portfolio: Portfolio, add: Add) -> None:
    """Typed by hand four minutes earlier: nothing is written twice unless the person says so."""
    at = datetime.combine(days_ago(20), datetime.min.time(), UTC) + timedelta(hours=9, minutes=56)
    add("buy", "2", "BTC", 20, price="50000", at=at)
    job = upload(portfolio, plain())
    assert job.summary["verdicts"]["similar"] == 1
    row = job.lines.get(verdict="similar")
    assert (row.taken, "same asset" in row.errors[0][1]) == (False, True)
    services.take_rows(job=job, taken=True, ids=[row.pk])
    assert written(job).summary["added"] == 3


def test_what_the_ledger_lost_meanwhile_brings_the_preview_back(
    portfolio: Portfolio, add: Add
) -> None:
    bought = add("buy", "2", "ETH", 30, price="10")
    job = upload(portfolio, plain().replace("sell,BTC", "sell,ETH"))
    assert job.summary["verdicts"]["new"] == 3
    services.commit_import(job=job)
    services.delete_transaction(transaction=bought)
    services.write_import(job.pk)
    job.refresh_from_db()
    assert (job.state, portfolio.transactions.count()) == (ImportState.READY, 0)
    assert job.lines.get(verdict="wrong").errors[0][0] == "Quantity"
    assert "Nothing was imported" in job.error


CASH = """txid,refid,time,type,subtype,aclass,asset,amount,fee,balance
L1,R1,2024-01-02 10:00:00,deposit,,currency,ZEUR,1000,0,1000
L2,R2,2024-01-03 10:00:00,trade,,currency,ZEUR,-500,1,499
L3,R2,2024-01-03 10:00:00,trade,,currency,XXBT,0.0125,0,0.0125
"""


def test_money_moves_where_cash_is_tracked(owner: User, portfolio: Portfolio) -> None:
    tracked = services.create_portfolio(owner=owner, name="Cash", track_cash=True)
    for into, new in ((tracked, 2), (portfolio, 1)):
        job = upload(into, CASH)
        assert job.summary["verdicts"]["new"] == new
        written(job)
    assert tracked.holdings.get(asset__symbol="EUR").quantity == 499
    assert not portfolio.holdings.filter(asset__symbol="EUR").exists()
