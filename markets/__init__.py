"""Market data: assets, venues, ticks, candles and the sources they come from."""
