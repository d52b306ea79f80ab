"""Server processes: started outside the terminal's reach, tied to the life of their starter, ended
politely.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.embedded.account import Account

PR_SET_PDEATHSIG = 1

_children: dict[int, subprocess.Popen[bytes]] = {}


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    last_words: signal.Signals = signal.SIGTERM,
) -> int:
    """Start ``command`` in a session of its own, so that the terminal's Ctrl-C does not reach it;
    return its pid.

    Call it from a thread that lives as long as the process should: Linux sends ``last_words`` to
    the child when the thread that started it ends. ``account`` is whom to run as (root only).
    """
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=tied_to_parent(last_words),  # noqa: PLW1509 - two system calls, no locks
            **(account.popen_options() if account else {}),
        )
    _children[child.pid] = child
    return child.pid


def tied_to_parent(last_words: signal.Signals) -> Callable[[], None] | None:
    """What a child has to run between fork and exec so that it does not outlive its parent (Linux;
    else None).
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(last_words), 0, 0, 0)
        if os.getppid() != parent:  # it died in between: the signal would never come
            os._exit(1)

    return tie


def alive(pid: int) -> bool:
    """Whether a process runs under this id; an own child that ended is reaped, and is gone."""
    child = _children.get(pid)
    if child is not None:
        if child.poll() is None:
            return True
        del _children[pid]
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """The command line of a process, empty when it cannot be read: pids are reused, so a pid alone
    proves nothing.
    """
    listing = Path(f"/proc/{pid}/cmdline")
    if sys.platform.startswith("linux"):
        try:
            return listing.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    answer = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    """Poll ``condition`` until it holds; False when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end(pid: int, *steps: tuple[signal.Signals, float]) -> bool:
    """Send each signal in turn and wait its seconds for the process to go; True once it is gone."""
    for sign, patience in steps:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not alive(pid), patience):
            return True
    return not alive(pid)
