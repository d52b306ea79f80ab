"""Whether this database was prepared by this very code: then serving need not wait for it."""

import hashlib
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.home import Home, write_private


class Freshness:
    """A mark in the home that says for which code and which cluster `prepare` last succeeded.

    It only decides on the order: `prepare` runs at every start, first or after the pages.
    """

    def __init__(self, home: Home, code: Path) -> None:
        self.home = home
        self.code = code

    @property
    def mark(self) -> Path:
        """The file that holds the mark."""
        return self.home.run / "prepared"

    def is_prepared(self) -> bool:
        """Whether the mark fits the present code and cluster."""
        return self.mark.exists() and self.mark.read_text() == self._fingerprint()

    def note(self) -> None:
        """Leave the mark."""
        write_private(self.mark, self._fingerprint())

    def _fingerprint(self) -> str:
        """Migrations, locked packages (they bring migrations, too), and the cluster itself."""
        digest = hashlib.sha256()
        for file in (*sorted(self.code.glob("*/migrations/*.py")), *self._locks()):
            digest.update(f"{file}\0".encode() + file.read_bytes())
        digest.update(self._cluster().encode())
        return digest.hexdigest()

    def _locks(self) -> list[Path]:
        return sorted((self.code / "requirements").glob("*.txt"))

    def _cluster(self) -> str:
        try:
            facts = (self.home.postgres / "data" / "PG_VERSION").stat()
        except OSError as absent:
            raise EmbeddedError(f"{self.home.postgres} cannot be read: {absent}.") from absent
        return f"{facts.st_ino} {facts.st_mtime_ns}"
