"""REST under `/api/portfolios/` and `/api/wallets/`."""
