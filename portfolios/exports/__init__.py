"""What leaves Plimsoll: a ledger as CSV and JSON, a year's gains as CSV.

CSV is safe to open in a spreadsheet: text that it would run as a formula is made to stay text
(`portfolios.formats.safe`), numbers stay numbers. Reading a ledger's CSV back gives that ledger.
"""

from portfolios.exports.gains import gains_csv
from portfolios.exports.ledger import filename, ledger_csv, ledger_document

__all__ = ["filename", "gains_csv", "ledger_csv", "ledger_document"]
