"""Balances of addresses: the real client, a real socket, Etherscan's own words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portfolios import selectors, services, tasks
from portfolios.models import Portfolio, Wallet

pytestmark = pytest.mark.django_db
FIRST = "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"
SECOND = "0x00000000219ab540356cbb839cbe05303d7705fa"


class Etherscan(BaseHTTPRequestHandler):
    """Answers `balancemulti` as docs.etherscan.io writes it; HTTP 200 on errors."""

    answers: dict[str, str] = {}
    refusal = ""
    asked: list[dict[str, list[str]]] = []

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append(query)
        if self.refusal:
            body: dict[str, Any] = {"status": "0", "message": "NOTOK", "result": self.refusal}
        else:
            rows = [
                {"account": address, "balance": self.answers[address]}
                for address in query["address"][0].split(",")
            ]
            body = {"status": "1", "message": "OK", "result": rows}
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def chain(settings: Any) -> Iterator[type[Etherscan]]:
    Etherscan.answers, Etherscan.refusal, Etherscan.asked = {}, "", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Etherscan)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ETHERSCAN_URL = f"http://127.0.0.1:{server.server_address[1]}/v2/api"
    settings.ETHERSCAN_API_KEY = "a-key"
    yield Etherscan
    server.shutdown()
    server.server_close()


def test_balances_are_read_together(portfolio: Portfolio, chain: type[Etherscan]) -> None:
    services.add_wallet(portfolio=portfolio, address=FIRST, label="Cold")
    services.add_wallet(portfolio=portfolio, address=SECOND)
    chain.answers = {FIRST: "4054000000000000", SECOND: "1"}
    assert tasks.refresh_wallets() == 2
    first, second = Wallet.objects.order_by("id")
    assert (first.balance, first.error) == (Decimal("0.004054"), "")
    assert second.balance == Decimal("1e-18")
    assert first.checked_at is not None
    assert len(chain.asked) == 1


def test_a_refusal_is_told_and_the_last_balance_stays(
    portfolio: Portfolio, chain: type[Etherscan]
) -> None:
    wallet = services.add_wallet(portfolio=portfolio, address=FIRST, label="Cold")
    chain.answers = {FIRST: "2000000000000000000"}
    services.refresh_wallets()
    chain.refusal = "Invalid API Key"
    assert services.refresh_wallets() == 0
    wallet.refresh_from_db()
    assert wallet.balance == Decimal(2)
    assert "Invalid API Key" in wallet.error


def test_without_a_key_it_says_not_configured(portfolio: Portfolio, settings: Any) -> None:
    settings.ETHERSCAN_API_KEY = "a-key"
    wallet = services.add_wallet(portfolio=portfolio, address=FIRST, label="Cold")
    assert wallet.error == ""
    settings.ETHERSCAN_API_KEY = ""
    assert services.refresh_wallets() == 0
    wallet.refresh_from_db()
    assert (wallet.balance, wallet.error) == (None, "not configured")
    item = selectors.attention([portfolio])[-1]
    assert (item.kind, item.title) == ("wallet", "Cold: not configured")
