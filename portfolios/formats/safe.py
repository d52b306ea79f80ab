"""Text that a spreadsheet would run as a formula, made to stay text, and back again."""

from __future__ import annotations

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str) -> str:
    """With an apostrophe before what a spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip("'").startswith(_DANGEROUS) else text


def text(cell: str) -> str:
    """What `cell` was made of."""
    guarded = cell.startswith("'") and cell.lstrip("'").startswith(_DANGEROUS)
    return cell[1:] if guarded else cell
