"""Keeps children running; stops them in order, all of them, whatever happens."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from types import FrameType

from config.embedded import process
from config.embedded.home import write_private
from config.run.child import Child
from config.run.console import Console

PAUSE = 0.05


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked this run to stop."""


class Supervisor:
    """The children of one run.

    Use it as a context: leaving it stops every child. ``roster`` is a file that names the running
    children, so that the next run can end those of a supervisor that was killed.
    """

    def __init__(self, console: Console, roster: Path) -> None:
        self.console = console
        self.roster = roster
        self.children: list[Child] = []
        self.requests = 0

    def __enter__(self) -> "Supervisor":
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:  # nohup
                signal.signal(sign, self._on_signal)
        self._sweep()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    def add(self, child: Child) -> Child:
        """Start ``child`` and keep it running from now on."""
        child.start(self.console)
        self.children.append(child)
        self._write_roster()
        return child

    def restart(self) -> None:
        """End all children politely; each starts again as one that ended by itself would."""
        for child in self.children:
            child.terminate()

    def finish(self, child: Child, *, seconds: float | None = None) -> int | None:
        """Start ``child``, which is to end by itself, watch the others, and return its exit code.

        None, and it is killed, when it takes longer than ``seconds``.
        """
        child.start(self.console)
        self._write_roster(child)
        try:
            self.watch(lambda: not child.is_running(), seconds=seconds)
        finally:
            code = child.process.poll() if child.process else None
            if code is None:
                child.terminate()
                process.wait_until(lambda: not child.is_running(), child.patience)
            child.kill()
        return code

    def watch(self, until: Callable[[], bool], *, seconds: float | None = None) -> bool:
        """Restart what ends until a condition holds; False when ``seconds`` were not enough.

        Raises:
            Interrupted: when asked to stop.
        """
        deadline = time.monotonic() + seconds if seconds is not None else None
        while not until():
            if self.requests or self.console.closed.is_set():
                raise Interrupted
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._revive()
            time.sleep(PAUSE)
        return True

    def stop(self) -> None:
        """Stop the children stage by stage; a second request kills those that are left."""
        running = sorted(self.children, key=lambda child: child.stage)
        for _, stage in groupby(running, key=lambda child: child.stage):
            self._stop_together(list(stage))
        self.children.clear()
        self.roster.unlink(missing_ok=True)

    def _stop_together(self, children: list[Child]) -> None:
        asked = time.monotonic()
        for child in children:
            child.terminate()
        while any(child.is_running() for child in children):
            for child in children:
                if self.requests > 1 or time.monotonic() - asked > child.patience:
                    child.kill()
            time.sleep(PAUSE)
        for child in children:
            child.kill()

    def _revive(self) -> None:
        for child in self.children:
            if child.is_running():
                continue
            if not child.due:
                self._report(child)
            elif time.monotonic() >= child.due:
                child.due = 0.0
                child.start(self.console)
                self._write_roster()

    def _report(self, child: Child) -> None:
        code = child.process.returncode if child.process else 0
        pause = child.note_end()
        reason = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self.console.say(f"{child.name} {reason}; it starts again in {pause:g} s.")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requests += 1

    def _write_roster(self, *also: Child) -> None:
        pids = [child.process.pid for child in (*self.children, *also) if child.process]
        lines = {str(pid): process.command_line(pid) for pid in pids if process.alive(pid)}
        write_private(self.roster, json.dumps(lines))

    def _sweep(self) -> None:
        """End the children of a supervisor that was killed: they hold our ports and our queue."""
        left = [pid for pid in _listed(self.roster) if process.alive(pid)]
        for pid in left:
            self.console.say(f"Ending process {pid}, left by a run that was killed.")
            os.killpg(pid, signal.SIGKILL)
        process.wait_until(lambda: not any(process.alive(pid) for pid in left), 10)
        self.roster.unlink(missing_ok=True)


def _listed(roster: Path) -> Iterable[int]:
    """The pids of ``roster`` that still run the command they were started with."""
    try:
        lines: dict[str, str] = json.loads(roster.read_text())
    except FileNotFoundError:
        return []
    return [
        int(pid) for pid, line in lines.items() if line and process.command_line(int(pid)) == line
    ]
