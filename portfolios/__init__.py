"""The ledger: transactions, lots, holdings, valuation, performance."""
