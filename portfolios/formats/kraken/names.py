"""Kraken's names of assets: XXBT, ZUSD, and what is staked or locked: DOT28.S, ETH2.S, USD.M."""

from __future__ import annotations

import re

from portfolios.formats.shape import FIAT, STABLE

_OWN = {
    "XBT": "BTC", "XXBT": "BTC", "XDG": "DOGE", "XXDG": "DOGE", "XETH": "ETH", "XETC": "ETC",
    "XLTC": "LTC", "XMLN": "MLN", "XREP": "REP", "XXLM": "XLM", "XXMR": "XMR", "XXRP": "XRP",
    "XZEC": "ZEC", "ETH2": "ETH", "ZUSD": "USD", "ZEUR": "EUR", "ZGBP": "GBP", "ZCAD": "CAD",
    "ZAUD": "AUD", "ZJPY": "JPY", "KFEE": "FEE",
}  # fmt: skip
_KEPT = re.compile(r"(.+?)(?:\d\d)?\.(?:[SMPFBT]|HOLD)")


def symbol(name: str) -> str:
    """The asset that Kraken calls so."""
    bare = name.strip().upper()
    if kept := _KEPT.fullmatch(bare):
        bare = kept[1]
    return _OWN.get(bare, bare)


def split(pair: str) -> tuple[str, str] | None:
    """XXBTZEUR, ADAXBT, DOT/EUR → base and quote; None where it cannot be told."""
    bare = pair.strip().upper()
    if "/" in bare:
        base, _, quote = bare.partition("/")
        return symbol(base), symbol(quote)
    quotes = FIAT | STABLE | {name for name in _OWN if name != "KFEE"} | {"ETH", "DOT", "BTC"}
    if len(bare) == 8 and bare[0] in "XZ" and bare[4] in "XZ" and bare[4:] in quotes:
        return symbol(bare[:4]), symbol(bare[4:])
    known = sorted((q for q in quotes if bare.endswith(q) and len(bare) > len(q)), key=len)
    plain = [quote for quote in known if quote[0] not in "XZ" or len(quote) != 4]
    chosen = (plain or known)[-1:]
    return (symbol(bare.removesuffix(chosen[0])), symbol(chosen[0])) if chosen else None
