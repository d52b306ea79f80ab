"""Reading the balances of on-chain addresses."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.utils import timezone

from markets.sources import etherscan
from markets.sources.base import SourceError
from portfolios.models import Wallet
from portfolios.selectors.attention import NOT_CONFIGURED

log = structlog.get_logger(__name__)

_LONGEST_ERROR = 300


def refresh_wallets() -> int:
    """Read every address; a failure is told on its row, and the balance known before stays.

    Returns how many addresses were read. One that is in several portfolios is read once.
    """
    if not settings.ETHERSCAN_API_KEY:
        Wallet.objects.exclude(error=NOT_CONFIGURED).update(error=NOT_CONFIGURED)
        return 0
    addresses = list(
        Wallet.objects.order_by("address").values_list("address", flat=True).distinct()
    )
    client = etherscan.live()
    size = etherscan.ADDRESSES_A_QUESTION
    return sum(
        _read(client, addresses[first : first + size]) for first in range(0, len(addresses), size)
    )


def read_wallet(wallet: Wallet) -> str:
    """Read one address now; the error, or "" where it could be read."""
    if not settings.ETHERSCAN_API_KEY:
        Wallet.objects.filter(pk=wallet.pk).update(error=NOT_CONFIGURED)
        return NOT_CONFIGURED
    _read(etherscan.live(), [wallet.address])
    wallet.refresh_from_db()
    return wallet.error


def _read(client: etherscan.Etherscan, addresses: list[str]) -> int:
    try:
        balances = client.balances(addresses)
    except SourceError as error:
        log.warning("wallets_not_read", count=len(addresses), reason=str(error))
        Wallet.objects.filter(address__in=addresses).update(error=str(error)[:_LONGEST_ERROR])
        return 0
    now = timezone.now()
    for address, balance in balances.items():
        rows = Wallet.objects.filter(address=address)
        rows.update(balance=balance, checked_at=now, error="")
    return len(balances)
