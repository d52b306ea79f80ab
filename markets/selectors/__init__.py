"""Everything that reads market data for others."""

from markets.selectors.closes import Closes, daily_closes, daily_closes_exact, sparklines
from markets.selectors.quotes import Quote, convert_rate, quotes
from markets.selectors.venues import FeedState, current_venue, feed_state, usd_markets

__all__ = [
    "Closes",
    "FeedState",
    "Quote",
    "convert_rate",
    "current_venue",
    "daily_closes",
    "daily_closes_exact",
    "feed_state",
    "quotes",
    "sparklines",
    "usd_markets",
]
