"""The stored outcome of the ledger: replays assets of a portfolio and writes what came of it.

`reading` loads transactions and the state that earlier ones left, `writing` replaces the rows
from a moment on, `replaying` puts both around the pure engine (`portfolios.lots`).
"""

from portfolios.ledger.errors import LIMIT, OverdrawnError, TooLargeError
from portfolios.ledger.replaying import (
    Outcome,
    assets_in,
    rebuild,
    rebuild_all,
    replace_all,
    replay,
    replay_asset,
    symbols_in,
)
from portfolios.ledger.rules import rules_of

__all__ = [
    "LIMIT",
    "Outcome",
    "OverdrawnError",
    "TooLargeError",
    "assets_in",
    "rebuild",
    "rebuild_all",
    "replace_all",
    "replay",
    "replay_asset",
    "rules_of",
    "symbols_in",
]
