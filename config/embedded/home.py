"""The home directory: where the servers' data lies, its secrets, and whether the place will do at
all.
"""

import json
import os
import secrets
import shutil
import sys
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError, disk_full, not_writable

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class Secrets:
    """What a home keeps to itself: made once, on first need."""

    postgres: str
    signing: str
    encryption: str


@dataclass(frozen=True)
class Home:
    """The directories under one PLIMSOLL_HOME."""

    root: Path

    @property
    def var(self) -> Path:
        """All that the product writes."""
        return self.root / "var"

    @property
    def run(self) -> Path:
        """State of what runs now; nothing in it is worth keeping."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """The servers' own logs."""
        return self.var / "log"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's directory, or a link to it where root's home had to be left."""
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's directory."""
        return self.var / "valkey"

    @property
    def state(self) -> Path:
        """The addresses of the running servers."""
        return self.run / "servers.json"

    @property
    def lock(self) -> Path:
        """Held while servers are being started or stopped."""
        return self.run / "servers.lock"

    def prepare(self) -> None:
        """Make the directories, and refuse a place that cannot work."""
        check_python()
        self.root.mkdir(parents=True, exist_ok=True)
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise not_writable(self.root)
        if shutil.disk_usage(self.root).free < LEAST_FREE_BYTES:
            raise disk_full(self.root)
        if not self.var.exists():
            self.var.mkdir()
            self.var.chmod(
                0o755
            )  # whatever the umask: PostgreSQL may run as another user, in a closed room of it
        for room in (self.run, self.log, self.valkey):
            room.mkdir(mode=0o700, exist_ok=True)

    def secrets(self) -> Secrets:
        """The secrets of this home; two processes that make them at once get the same ones."""
        safe = self.var / "secrets.json"
        if not safe.exists():
            if (self.postgres / "data").exists():
                raise EmbeddedError(
                    f"{safe} is missing, and without it {self.postgres} cannot be opened: "
                    f"restore it, or move {self.postgres} away to begin anew."
                )
            self.prepare()
            write_private(safe, json.dumps(vars(_new_secrets())), keep=True)
        return Secrets(**json.loads(safe.read_text()))


def _new_secrets() -> Secrets:
    return Secrets(
        postgres=secrets.token_urlsafe(24),
        signing=secrets.token_urlsafe(48),
        encryption=b64encode(secrets.token_bytes(32)).decode(),
    )


def check_python() -> None:
    """Refuse a Python that is too old."""
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        found = ".".join(map(str, sys.version_info[:3]))
        raise EmbeddedError(
            f"Plimsoll needs Python {oldest} or newer, this is {found}: "
            "install one and run `make run`."
        )


def write_private(path: Path, text: str, *, keep: bool = False) -> None:
    """Write ``text`` whole or not at all, readable by nobody else; with ``keep`` an existing file
    stays as it is.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if not keep:
        draft.replace(path)
        return
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
