"""What a worker does with a large ledger, in a process of its own so that its memory can be told.

`python -m bench.ledger_work PORTFOLIO FILE`: imports the file, edits in the middle, and does both
the plain way; prints JSON. `bench.ledger` calls it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import django

django.setup()

from django.db import transaction  # noqa: E402 - the settings first

from portfolios import lots, services  # noqa: E402
from portfolios.entries import by_symbol, entries  # noqa: E402
from portfolios.ledger.replaying import marks_for  # noqa: E402
from portfolios.ledger.rules import rules_of  # noqa: E402
from portfolios.models import Disposal, Lot, Portfolio, Transaction  # noqa: E402

EDITS: Final = 20


def main() -> None:
    portfolio = Portfolio.objects.get(pk=int(sys.argv[1]))
    found: dict[str, Any] = {"import": _timed(lambda: _import(portfolio, Path(sys.argv[2])))}
    found["count"] = Transaction.objects.filter(portfolio=portfolio).count()
    found["values"] = _timed(lambda: services.revalue([portfolio.pk]))
    found["edits"] = [_timed(partial(_edit, portfolio, n)) for n in range(EDITS)]
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["plain"] = _timed(lambda: _plain(portfolio))
    print(json.dumps(found))


def _timed(do: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process's CPU."""
    started, used = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - started, time.process_time() - used


def _import(portfolio: Portfolio, path: Path) -> None:
    """As the page does it: kept, read into a preview, committed, written."""
    with path.open("rb") as file:
        job = services.start_import(
            portfolio=portfolio, user=portfolio.owner, file=file, filename=path.name
        )
    services.read_import(job.pk)
    job.refresh_from_db()
    services.commit_import(job=job)
    services.write_import(job.pk)
    job.refresh_from_db()
    if job.state != "done":
        sys.exit(f"The import is {job.state}: {job.error} {job.summary}")


def _edit(portfolio: Portfolio, number: int) -> None:
    """Another price of a buy in the middle, to its holdings and daily values."""
    rows = Transaction.objects.filter(portfolio=portfolio, type="buy").order_by("executed_at")
    row = rows[rows.count() // 2 + number]
    services.edit_transaction(transaction=row, price=Decimal(100 + number))
    services.revalue([portfolio.pk])


def _plain(portfolio: Portfolio) -> None:
    """The same edit without what this ledger does for it: everything replayed and stored again."""
    rows = Transaction.objects.filter(portfolio=portfolio)
    named = list(rows.select_related("asset", "fee_asset", "to_asset", "portfolio"))
    with transaction.atomic():
        Disposal.objects.filter(lot__portfolio=portfolio).delete()
        Lot.objects.filter(portfolio=portfolio).delete()
        symbols = {row.asset.symbol for row in named}
        events = by_symbol(entries(portfolio, named, marks_for(portfolio, named)), symbols)
        assets = {row.asset.symbol: row.asset_id for row in named}
        for symbol, found in events.items():
            _store(portfolio, assets[symbol], lots.replay(found, rules=rules_of(portfolio)))
        transaction.set_rollback(True)


def _store(portfolio: Portfolio, asset: int, outcome: lots.Replay) -> None:
    stored = {
        id(lot): Lot(
            portfolio=portfolio,
            asset_id=asset,
            opened_by_id=lot.opened_by,
            acquired_at=lot.acquired_at,
            quantity=lot.quantity,
            remaining=lot.remaining,
            cost=lot.cost,
            basis=lot.basis,
        )
        for lot in outcome.lots
    }
    Lot.objects.bulk_create(stored.values(), batch_size=2000)
    Disposal.objects.bulk_create(
        (
            Disposal(
                transaction_id=piece.key,
                lot=stored[id(piece.lot)],
                quantity=piece.quantity,
                basis=piece.basis,
                proceeds=piece.proceeds,
                gain=piece.gain,
                realised=piece.realised,
                fee=piece.fee,
                rule=piece.rule,
            )
            for piece in outcome.disposals
        ),
        batch_size=2000,
    )


if __name__ == "__main__":
    main()
