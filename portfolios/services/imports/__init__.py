"""Files on their way into a ledger: uploaded, read into a preview, written or thrown away.

`starting` takes the file in, `reading` (a task) makes the preview, `checking` says what the ledger
would refuse, `changing` is what the person does to the preview, `writing` (a task) adds it all in
one database transaction, `working` sees to it that one worker does a job and a dead one's is taken
up again.
"""

from portfolios.services.imports.changing import change_import, discard_import, take_rows
from portfolios.services.imports.clearing import clear_imports
from portfolios.services.imports.reading import read_import
from portfolios.services.imports.starting import MAX_BYTES, start_import
from portfolios.services.imports.working import resume_import
from portfolios.services.imports.writing import commit_import, write_import

__all__ = [
    "MAX_BYTES",
    "change_import",
    "clear_imports",
    "commit_import",
    "discard_import",
    "read_import",
    "resume_import",
    "start_import",
    "take_rows",
    "write_import",
]
