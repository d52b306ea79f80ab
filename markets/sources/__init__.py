"""Where prices come from: one folder or module a venue, all of one shape.

To add a source:

1. write ``sources/<slug>`` with a class that has what :class:`markets.sources.base.Source` lists
   (blocking REST in ``history``, ``listings`` and ``tickers``; an endless ``trades``); take every
   address from a setting, so that tests can aim it at loopback;
2. believe nothing that comes over the wire: drop and count what is no number, not positive or in
   the future (see ``binance/frames.py``), and raise ``SourceError`` on an error body;
3. name the class in ``_MODULES`` below, and the venue in ``markets/known.py``;
4. replay recorded frames in ``tests/markets/test_<slug>.py`` through a real socket.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from markets.sources.base import Source

#: Slug → where its maker is. Imported when asked for: each brings its own client.
_MODULES: Final = {
    "binance": ("markets.sources.binance", "live"),
    "simulated": ("markets.sources.binance", "simulated"),
    "coinbase": ("markets.sources.coinbase", "live"),
    "coingecko": ("markets.sources.coingecko", "live"),
}
NAMES: Final = tuple(_MODULES)


def by_name(slug: str) -> Source:
    """A new source of this venue. KeyError on a name that is not in NAMES."""
    module, maker = _MODULES[slug]
    return cast(Source, getattr(import_module(module), maker)())
