"""One terminal, many processes: each line carries the name of who wrote it."""

import os
import sys
import threading
from typing import IO

COLOURS = (36, 32, 35, 33, 34, 96, 92, 95, 93, 94)


class Console:
    """Writes whole lines, one at a time, coloured where a person reads them."""

    def __init__(self, output: IO[str] | None = None, *, width: int = 9) -> None:
        self.output = output or sys.stdout
        self.width = width
        self.coloured = self.output.isatty() and "NO_COLOR" not in os.environ
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}

    def say(self, text: str, name: str = "plimsoll") -> None:
        """Write ``text``, each of its lines prefixed by ``name``."""
        lines = "".join(f"{self._prefix(name)}{line}\n" for line in text.splitlines())
        with self._lock:
            try:
                self.output.write(lines)
                self.output.flush()
            except (OSError, ValueError):  # the reader has gone, as in `make run | head`
                self.closed.set()

    def follow(self, stream: IO[bytes], name: str) -> threading.Thread:
        """Copy ``stream`` line by line until it ends."""
        thread = threading.Thread(target=self._copy, args=(stream, name), daemon=True)
        thread.start()
        return thread

    def _copy(self, stream: IO[bytes], name: str) -> None:
        with stream:
            for line in stream:
                self.say(line.decode(errors="replace").rstrip("\r\n") or " ", name)

    def _prefix(self, name: str) -> str:
        padded = name.ljust(self.width)
        if not self.coloured:
            return f"{padded}| "
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{padded}|\033[0m "
