"""Cost basis methods: one file per method, all of one shape (`shape.Basis`), no framework.

To add a method:

1. A file here with one class: a subclass of `Ordered` if the method is an order of lots (give
   `_next`), else of `Basis`; `pool.Pool` is there for what averages. Its `value` is the word that
   a portfolio stores, its `rule` the word on the disposals.
2. Its class into `METHODS` below.
3. The words into `models.BasisMethod` (and `models.MatchRule`, if the rule is new), with a
   migration of the choices.
4. `tests/portfolios/test_basis_ledgers.py` runs every method of `METHODS` over random ledgers, in
   both scopes, resumed and whole; add a table of numbers that somebody published, and a paragraph
   to docs/cost-basis.md.
"""

from __future__ import annotations

from portfolios.basis.acb import Acb
from portfolios.basis.fifo import Fifo
from portfolios.basis.hifo import Hifo
from portfolios.basis.lifo import Lifo
from portfolios.basis.shape import Basis
from portfolios.basis.specific import Specific
from portfolios.basis.uk import Uk

METHODS: dict[str, type[Basis]] = {
    method.value: method for method in (Fifo, Lifo, Hifo, Acb, Uk, Specific)
}

__all__ = ["METHODS", "Basis"]
