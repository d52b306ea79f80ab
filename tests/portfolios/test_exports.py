"""What leaves comes back the same: a ledger by CSV, an account by its document."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from alerts.services import create_rule
from config import account_file
from portfolios import exports, services
from portfolios.formats import safe
from portfolios.models import BasisElection, Portfolio, Target, Watchlist
from portfolios.selectors.gains import gains
from risk.services.limits import create_limit
from tests.portfolios.conftest import Add, days_ago, noon
from tests.portfolios.test_imports import ledger, upload, written

#: What spreadsheets, CSV and JSON each have their own ideas about.
TEXTS = st.text(
    st.sampled_from("=+-@'\"\t\r\n,;|aé€<>&\\ \u2028 0.5"), max_size=12
) | st.sampled_from(["=1+1", "'=1+1", "''-5", "@SUM(A1)", "+49 30", "-", "|cmd", "a\r\nb", "null"])
AMOUNTS = st.decimals(
    min_value=Decimal("1e-18"), max_value=Decimal(10) ** 9, places=18, allow_nan=False
)


@given(TEXTS)
def test_a_safe_cell_comes_back(text: str) -> None:
    shown = safe.cell(text)
    assert safe.text(shown) == text
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A ledger that holds: what comes in, then what goes out of it, with any words."""
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        bought = draw(AMOUNTS)
        base = {"symbol": "BTC", "quantity": bought, "executed_at": noon(50 - number)}
        made.append(
            base
            | {
                "type": draw(st.sampled_from(["buy", "deposit", "reward", "airdrop", "gift_in"])),
                "price": draw(AMOUNTS.filter(lambda price: price < 10**6)),
                "currency": draw(st.sampled_from(["USD", "EUR"])),
                "note": draw(TEXTS),
                "location": draw(TEXTS),
                "external_id": draw(st.none() | TEXTS.map(f"{{}}{number}".format)),
            }
        )
        if draw(st.booleans()):
            made.append(
                base
                | {
                    "type": draw(st.sampled_from(["swap", "withdrawal", "lost", "transfer"])),
                    "to_location": "cold",
                    "executed_at": noon(49 - number) + timedelta(seconds=number),
                    "note": draw(TEXTS),
                    "unmatched": draw(st.booleans()),
                }
            )
            kind = made[-1]["type"]
            if kind != "transfer":
                made[-1].pop("to_location")
            if kind == "swap":
                made[-1] |= {"to_symbol": "ETH", "to_quantity": draw(AMOUNTS)}
    return made


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=rows())
def test_export_and_import_is_the_identity(
    content: list[dict[str, Any]], portfolio: Portfolio, owner: User
) -> None:
    """Every field of every transaction, the holdings and every lot are the same again."""
    point = transaction.savepoint()
    try:
        services.add_transactions(portfolio=portfolio, rows=content)
        other = services.create_portfolio(owner=owner, name="Copy")
        text = "".join(exports.ledger_csv(portfolio))
        job = upload(other, text)
        assert job.format == "plimsoll"
        assert job.summary["verdicts"]["new"] == len(content), [
            row.errors for row in job.lines.all()
        ]
        written(job)
        assert ledger(other) == ledger(portfolio)
        assert figures(other) == figures(portfolio)
        assert "".join(exports.ledger_csv(other)) == text
        again = upload(other, text)
        assert again.summary["verdicts"]["new"] == 0
    finally:
        transaction.savepoint_rollback(point)


def figures(portfolio: Portfolio) -> list[Any]:
    """Holdings, lots and disposals, without their ids."""
    held = portfolio.holdings.order_by("asset__symbol")
    lots = portfolio.lots.order_by("asset__symbol", "acquired_at", "id")
    return [
        list(held.values_list("asset__symbol", "quantity", "cost", "realised", "rewards", "fees")),
        list(lots.values_list("asset__symbol", "acquired_at", "quantity", "remaining", "basis")),
        [
            list(lot.disposals.order_by("id").values_list("quantity", "gain", "rule"))
            for lot in lots
        ],
    ]


def test_the_csv_is_safe_in_a_spreadsheet(portfolio: Portfolio, add: Add) -> None:
    add("buy", "1", "BTC", 5, price="100", note='=HYPERLINK("http://evil")', location="@home")
    cells = list(csv.DictReader(io.StringIO("".join(exports.ledger_csv(portfolio)))))
    assert cells[0]["note"] == '\'=HYPERLINK("http://evil")'
    assert cells[0]["location"] == "'@home"
    assert cells[0]["quantity"] == "1"


def test_a_year_of_gains_by_hand(portfolio: Portfolio, add: Add) -> None:
    """Tax year from 6 April; a lot of each term; income at its worth; a fee counts once."""
    Portfolio.objects.filter(pk=portfolio.pk).update(tax_year_start="04-06")
    portfolio.refresh_from_db()
    old, new, sold = noon(90), noon(60), noon(30)
    add("buy", "1", "BTC", 90, price="100", at=old - timedelta(days=366))
    add("buy", "1", "BTC", 60, price="200", at=new)
    row = add("sell", "1.5", "BTC", 30, price="300", fee="15", at=sold)
    add("reward", "2", "ETH", 20, price="10")
    year = sold.year if (sold.month, sold.day) >= (4, 6) else sold.year - 1
    found = gains(portfolio, year)
    assert (found.start.month, found.start.day, found.end.day) == (4, 6, 5)
    totals = found.totals
    assert [totals.gross, totals.fees, totals.proceeds] == [450, 15, 435]
    assert [totals.basis, totals.gain, totals.income] == [200, 235, 20]
    assert [totals.long_term, totals.short_term] == [190, 45]
    (sale,) = found.sales
    assert (sale.transaction.pk, sale.terms, len(sale.lots)) == (row.pk, "mixed", 2)
    lines = list(csv.DictReader(io.StringIO("".join(exports.gains_csv(found)))))
    assert sum(Decimal(one["gain"]) for one in lines if one["gain"]) == 235
    assert [one["term"] for one in lines] == ["long", "short", ""]
    assert gains(portfolio, year - 3).sales == []


def test_the_api_gives_both_forms(
    portfolio: Portfolio, add: Add, client: Client, owner: User
) -> None:
    add("buy", "2", "BTC", 50, price="100")
    add("sell", "1", "BTC", 5, price="150")
    client.force_login(owner)
    base = f"/api/portfolios/{portfolio.pk}"
    year = days_ago(5).year
    answer = client.get(f"{base}/gains", {"year": year}).json()
    assert answer["totals"]["gain"] == "50"
    assert answer["disposals"][0]["lots"][0]["gain"] == "50"
    text = b"".join(client.get(f"{base}/gains?year={year}&format=csv")).decode()
    assert text.startswith("section,transaction,")
    document = client.get(f"{base}/export?format=json").json()
    assert [row["type"] for row in document["transactions"]] == ["buy", "sell"]
    sheet = client.get(f"{base}/export")
    assert sheet["Content-Disposition"] == 'attachment; filename="plimsoll-core-ledger.csv"'
    assert client.get(f"{base}/export?format=xml").json()["error"]["fields"]["format"]


@pytest.fixture
def full(portfolio: Portfolio, add: Add, owner: User) -> User:
    """An account with something of everything."""
    for name, value in {"basis_method": "specific", "tax_year_start": "04-06"}.items():
        setattr(portfolio, name, value)
    portfolio.save()
    BasisElection.objects.create(portfolio=portfolio, tax_year=2020, method="hifo")
    add("buy", "1", "BTC", 60, price="100", note="=1+1")
    newer = add("buy", "1", "BTC", 50, price="300")
    sale = add("sell", "1", "BTC", 40, price="500")
    services.choose_lots(transaction=sale, choices=[(newer.pk, Decimal(1))], user=owner)
    add("deposit", "3", "ETH", 30)
    bought = noon(20)
    other = services.create_portfolio(owner=owner, name="Euros", base_currency="EUR")
    add("buy", "1", "ETH", 20, price="2000", currency="EUR", at=bought, into=other)
    asset = newer.asset
    Target.objects.create(portfolio=portfolio, asset=asset, weight=Decimal("0.6"))
    services.add_wallet(portfolio=portfolio, address="0x" + "a" * 40, label="cold")
    watchlist = Watchlist.objects.create(owner=owner, name="Later")
    watchlist.items.create(asset=asset, note="soon")
    create_rule(
        owner=owner, subject="price", measure="price", symbol="BTC", direction="above",
        threshold=Decimal("99999.5"),
    )  # fmt: skip
    create_limit(owner=owner, measure="var", threshold=0.2, portfolio=portfolio.pk)
    return owner


def test_an_account_moves_with_the_same_figures(full: User, mate: User, client: Client) -> None:
    client.force_login(full)
    sent = client.get("/api/account/export?gzip=1")
    his = Client()
    his.force_login(mate)
    answer = his.post("/api/account/import", {"file": io.BytesIO(sent.content)})
    assert answer.json() == {
        "portfolios": 2, "transactions": 5, "watchlists": 1, "alert_channels": 2, "alert_rules": 1,
        "risk_limits": 1,
    }  # fmt: skip
    for mine, theirs in zip(full.portfolios.all(), mate.portfolios.all(), strict=True):
        assert ledger(theirs) == ledger(mine)
        assert figures(theirs) == figures(mine)
    core = mate.portfolios.get(name="Core")
    assert core.holdings.get(asset__symbol="BTC").realised == 200
    again = without_ids(account_file.account_document(mate))
    assert again == without_ids(account_file.account_document(full))
    refused = his.post("/api/account/import", {"file": io.BytesIO(sent.content)})
    assert refused.status_code == 400
    assert "not empty" in refused.json()["error"]["message"]


def without_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Ids are of their installation; the order of transactions says what each means."""
    document = json.loads(json.dumps(document)) | {"exported_at": ""}
    for portfolio in document["portfolios"]:
        ids = {row.pop("id"): place for place, row in enumerate(portfolio["transactions"])}
        for choice in portfolio["lot_choices"]:
            for name in ("disposal", "acquisition"):
                choice[name] = ids[choice[name]]
        history = {one.pop("id"): place for place, one in enumerate(portfolio["changes"])}
        for one in portfolio["changes"]:
            one["transaction"] = ids[one["transaction"]]
            one["undone_by"] = history.get(one["undone_by"])
            for content in (one["before"] or {}, one["after"] or {}):
                for lot in content.get("lots", []):
                    lot[0] = ids[lot[0]]
    return document


DAMAGE: list[tuple[str, Any, str]] = [
    ("kind", "portfolio", "kind"),
    ("plimsoll", 2, "plimsoll"),
    ("portfolios", {}, "portfolios"),
    ("watchlists", None, "watchlists"),
    ("portfolios.0.settings.base_currency", "XQX", "portfolios.0.base_currency"),
    ("portfolios.0.settings.basis_method", "best", "portfolios.0.basis_method"),
    ("portfolios.0.transactions.1.quantity", "-1", "portfolios.0.transactions.1.quantity"),
    ("portfolios.0.transactions.2.quantity", "9", "portfolios.0.transactions.2.quantity"),
    ("portfolios.0.lot_choices.0.disposal", 0, "portfolios.0.lot_choices.0"),
    ("portfolios.0.targets.0.weight", "much", "portfolios.0.targets.0.weight"),
    ("risk_limits.0.threshold", "NaN", "risk_limits.0.threshold"),
    ("alert_rules.0.portfolio", "Nobody", "alert_rules.0.portfolio"),
]


@pytest.mark.parametrize(("where", "value", "field"), DAMAGE, ids=[one[0] for one in DAMAGE])
def test_a_damaged_document_is_refused_as_a_whole(
    where: str, value: Any, field: str, full: User, mate: User
) -> None:
    document = json.loads(json.dumps(account_file.account_document(full)))
    inner = document
    *path, last = where.split(".")
    for key in path:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    inner[last] = value
    with pytest.raises(ValidationError) as refused:
        account_file.import_account(user=mate, document=document)
    assert list(refused.value.message_dict) == [field]
    assert account_file.is_empty(mate)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"nonsense", "no JSON"), (b"\x1f\x8bxx", "damaged"), (b"[1]", "no account export")],
)
def test_a_file_that_is_no_document(content: bytes, words: str, mate: User) -> None:
    client = Client()
    client.force_login(mate)
    page = client.post("/settings/data/", {"file": io.BytesIO(content)})
    assert page.status_code == 422
    assert words in page.content.decode()
