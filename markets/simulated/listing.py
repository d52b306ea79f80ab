"""The JSON of /exchangeInfo: what is traded, in which steps, under which limits."""

from __future__ import annotations

from markets.simulated.coins import Coin
from markets.simulated.limits import Limits
from markets.simulated.payloads import PLACES, Payload, price, size


def exchange_info(coins: list[Coin], limits: Limits, now: int) -> Payload:
    return {
        "timezone": "UTC",
        "serverTime": now,
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": limits.weight_per_minute,
            }
        ],
        "exchangeFilters": [],
        "symbols": [_symbol(coin) for coin in coins],
    }


def _symbol(coin: Coin) -> Payload:
    return {
        "symbol": coin.symbol,
        "status": "TRADING",
        "baseAsset": coin.base,
        "baseAssetPrecision": PLACES,
        "quoteAsset": "USDT",
        "quotePrecision": PLACES,
        "quoteAssetPrecision": PLACES,
        "baseCommissionPrecision": PLACES,
        "quoteCommissionPrecision": PLACES,
        "orderTypes": ["LIMIT", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": False,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(coin),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _filters(coin: Coin) -> list[Payload]:
    tick, lot = price(coin, 1), size(coin, 1)
    most = "1000000.00000000"
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": most, "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": most, "stepSize": lot},
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ]
