"""CSV files of other programs, one folder for each, all of one shape. Pure: rows in, contents out.

A folder's `__init__` has `FORMATS`, a list of `shape.Format`. A format has a name (stored with the
import), a title, the columns by which a header is recognised, and `read`: rows of text to `Found`,
one for every row: a content as `services.add_transaction` takes it, or errors as (column, message),
or the reason why the row means nothing to the ledger.

To add one:

1. Make a folder with `__init__.py`. Take the header from a real export; `needs` are the columns
   without which `read` cannot work, in any case and order.
2. Write `read(rows, settings)`. Numbers through `numbers.plain`, times through `times.utc`, legs
   through `trades.trade`: they raise `shape.Wrong(column, message)`, and `shape.each` makes a
   `Found` of it. Rows that belong together are collected and answered at their first line;
   the others say `part of line …`.
3. Give every content an `external_id`: the venue's own id after its name (`kraken:LABC`), or
   `shape.Seen` of the row where it has none, so that a second import adds nothing.
4. Add the folder to `_FOLDERS` below, a realistic file to tests/portfolios/files/, its columns to
   docs/import.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from portfolios.formats import binance, coinbase, generic, kraken, plimsoll
from portfolios.formats.shape import Format, plain_name

_FOLDERS = (plimsoll, binance, coinbase, kraken, generic)

#: Every format by name, the particular ones first.
FORMATS: dict[str, Format] = {one.name: one for folder in _FOLDERS for one in folder.FORMATS}
GENERIC = generic.NAME


def recognise(header: Sequence[str]) -> Format | None:
    """The particular format whose columns are all there; None: only the mapper can read it."""
    names = {plain_name(name) for name in header}
    for one in FORMATS.values():
        if one.needs and all(names & {plain_name(n) for n in column} for column in one.needs):
            return one
    return None
