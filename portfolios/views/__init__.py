"""The pages Portfolios and Portfolio, and the dialogs in which a ledger is written."""
