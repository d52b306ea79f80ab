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
from tests.portfolios.conftest import days_ago, store_closes

FILES = Path(__file__).parent / "files"


@pytest.fixture(autouse=True)
def _prices(venue: Venue) -> None:
    """What the sample files of winter and spring 2024 name has a close a week."""
    today = datetime.now(UTC).date()
    weeks = [date(2023, 12, 1) + timedelta(days=6 * n) for n in range(30)]
    levels = {"BTC": 50_000, "ETH": 2_500, "BNB": 400, "XRP": "0.5", "DOT": 7, "1INCH": "0.5"}
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


@pytest.mark.parametrize(
    ("name", "kind", "verdicts"),
    [
        ("binance_trades.csv", "binance-trades", {}),
        ("binance_statement.csv", "binance-statement", {}),
        ("coinbase.csv", "coinbase", {}),
        ("kraken_ledgers.csv", "kraken-ledgers", {}),
        ("kraken_trades.csv", "kraken-trades", {}),
        ("generic_german.csv", "generic", {}),
    ],
)
def test_sample(name: str, kind: str, verdicts: dict[str, int], portfolio: Portfolio) -> None:
    job = upload(portfolio, (FILES / name).read_bytes(), name)
    for line in job.lines.all():
        print(line.line, line.verdict, line.errors)
    print(job.summary["verdicts"])
    assert job.format == kind
