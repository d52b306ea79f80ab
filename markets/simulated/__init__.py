"""A simulated exchange that speaks Binance Spot's own REST and WebSocket protocol on loopback.

Everything that it shows is a pure function of (seed, rate, moment, pushed trades), so that a
restart continues the same market and a closed bar never changes:

``coins``      what is traded
``generator``  the daily path: factors, volatility clusters, crash days
``bridge``     paths that pass through a given open, high, low and close
``bars``       columns of candles, grouped exactly
``tape``       one pair's days, minutes and trades, with the trades that were pushed from outside
``market``     all pairs, candles of every interval, the 24-hour summary
``book``       the order book around the last price
``rest``, ``streams``, ``control``, ``server``   the edges, served by aiohttp

No module here imports Django. Prices and quantities are whole ticks and lots (int64), hence sums
are exact.
"""
