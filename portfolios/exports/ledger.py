"""A whole ledger: its transactions as CSV, or with all settings as one JSON document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from portfolios.exports.lines import lines, plain
from portfolios.formats.plimsoll import COLUMNS
from portfolios.ledger.reading import attach
from portfolios.models import LotChoice, Portfolio, Transaction
from portfolios.services.content import content_of, frozen

#: Of the JSON documents; a reader refuses what is newer than it knows.
VERSION = 1
SETTINGS = ("name", "base_currency", "benchmark", "track_cash", "basis_method", "basis_scope",
            "tax_year_start", "drift_tolerance", "trade_fee")  # fmt: skip


def _rows(portfolio: Portfolio) -> QuerySet[Transaction]:
    """In the order in which they are replayed: equal times keep the order of entry."""
    rows = portfolio.transactions.select_related("asset", "fee_asset", "to_asset")
    return rows.order_by("executed_at", "id")


def ledger_csv(portfolio: Portfolio) -> Iterator[str]:
    """Lines of Plimsoll's own format (`portfolios.formats.plimsoll`)."""
    rows = (content_of(row) for row in _rows(portfolio).iterator(chunk_size=2000))
    yield from lines(COLUMNS, ([content[name] for name in COLUMNS] for content in rows))


def ledger_document(portfolio: Portfolio) -> dict[str, Any]:
    """Everything that a person put into a portfolio, as JSON. Amounts are strings.

    `lot_choices` name transactions by the `id` that they have in this document.
    """
    return {"plimsoll": VERSION, "kind": "portfolio", "exported_at": _now(), **contents(portfolio)}


def _now() -> str:
    return timezone.now().isoformat()


def contents(portfolio: Portfolio) -> dict[str, Any]:
    """The portfolio's part of a document."""
    choices = LotChoice.objects.filter(disposal__portfolio=portfolio).order_by("id")
    rows = list(portfolio.transactions.order_by("executed_at", "id"))
    attach(portfolio, rows, {})  # a join would make three assets of every row
    return {
        "settings": {
            **{name: getattr(portfolio, name) for name in SETTINGS},
            "minimum_order": plain(portfolio.minimum_order),
            "venue": portfolio.venue.slug if portfolio.venue else None,
            "elections": {str(e.tax_year): e.method for e in portfolio.elections.all()},
        },
        "targets": [
            {"symbol": target.asset.symbol, "weight": plain(target.weight)}
            for target in portfolio.targets.select_related("asset")
        ],
        "wallets": [
            {"chain": wallet.chain, "address": wallet.address, "label": wallet.label}
            for wallet in portfolio.wallets.order_by("id")
        ],
        "transactions": [{"id": row.pk, **frozen(row)} for row in rows],
        "lot_choices": [
            {
                "disposal": choice.disposal_id,
                "acquisition": choice.acquisition_id,
                "quantity": plain(choice.quantity),
            }
            for choice in choices
        ],
    }


def filename(portfolio: Portfolio, what: str, ending: str) -> str:
    """A name for a download: nothing in it that a header or a file system minds."""
    name = re.sub(r"[^a-z0-9]+", "-", portfolio.name.lower()).strip("-") or "portfolio"
    return f"plimsoll-{name}-{what}.{ending}"
