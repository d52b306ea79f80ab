"""On-chain addresses whose balances are read every hour. A balance informs; it is no event."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError

from portfolios.models import Portfolio, Wallet
from portfolios.selectors.attention import NOT_CONFIGURED

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def add_wallet(
    *, portfolio: Portfolio, address: str, chain: str = "ethereum", label: str = ""
) -> Wallet:
    """Watch an address. Without a key it says so at once instead of showing an empty balance."""
    address = address.strip()
    if not _ADDRESS.fullmatch(address):
        message = "An Ethereum address is 0x and 40 hexadecimal digits."
        raise ValidationError({"address": [message]})
    if chain not in dict(Wallet._meta.get_field("chain").choices or ()):  # noqa: SLF001 - Django's API
        raise ValidationError({"chain": ["This chain is not read."]})
    error = "" if settings.ETHERSCAN_API_KEY else NOT_CONFIGURED
    wallet, is_new = Wallet.objects.get_or_create(
        portfolio=portfolio,
        chain=chain,
        address=address.lower(),
        defaults={"label": _label(label), "error": error},
    )
    if not is_new:
        raise ValidationError({"address": ["This address is in the portfolio already."]})
    return wallet


def rename_wallet(*, wallet: Wallet, label: str) -> Wallet:
    wallet.label = _label(label)
    wallet.save(update_fields=["label"])
    return wallet


def delete_wallet(*, wallet: Wallet) -> None:
    wallet.delete()


def _label(label: str) -> str:
    label = label.strip()
    if len(label) > 80 or "\x00" in label:
        raise ValidationError({"label": ["At most 80 characters."]})
    return label
