"""Transactions to be checked, made in bulk: Django's own constructor costs more than the checks."""

from __future__ import annotations

from django.db.models.base import ModelState

from portfolios.models import Portfolio, Transaction


class Drafts:
    """Makes new, unsaved transactions of one portfolio from one blank one."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio
        blank = Transaction(portfolio=portfolio)
        self._values = {name: value for name, value in vars(blank).items() if name != "_state"}

    def new(self, pk: int | None = None) -> Transaction:
        """As `Transaction(portfolio=…, pk=pk)`."""
        made: Transaction = Transaction.__new__(Transaction)
        state = ModelState()
        state.fields_cache = {"portfolio": self._portfolio}
        vars(made).update(self._values, _state=state, id=pk)
        return made
