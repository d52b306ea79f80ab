"""How a portfolio reckons its basis, as the pure engine is told it."""

from __future__ import annotations

from portfolios.lots import BasisRules
from portfolios.models import BasisElection, Portfolio


def rules_of(portfolio: Portfolio) -> BasisRules:
    """The portfolio's method and scope, and the years that have another method."""
    chosen = BasisElection.objects.filter(portfolio=portfolio.pk)
    return BasisRules(
        method=portfolio.basis_method,
        scope=portfolio.basis_scope,
        tax_year_start=portfolio.tax_year_start,
        elections=dict(chosen.values_list("tax_year", "method")),
    )
