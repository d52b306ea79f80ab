"""Everything that writes market data. Each function is one transaction."""

from markets.services.assets import ensure_asset, ensure_market, ensure_venue
from markets.services.candles import Upserted, upsert_candles
from markets.services.imports import ImportFailedError, ImportReport, import_candles
from markets.services.ticks import Stored, store_ticks

__all__ = [
    "ImportFailedError",
    "ImportReport",
    "Stored",
    "Upserted",
    "ensure_asset",
    "ensure_market",
    "ensure_venue",
    "import_candles",
    "store_ticks",
    "upsert_candles",
]
