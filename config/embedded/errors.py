"""The one error of the embedded servers, and sentences for what the operating system refuses."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EmbeddedError(RuntimeError):
    """A server could not be started; the message is one line that says what to do."""


def disk_full(home: Path) -> EmbeddedError:
    """The error for a disk without room."""
    return EmbeddedError(
        f"No space left for {home / 'var'}: free some room, "
        "or set PLIMSOLL_HOME to a directory on another disk."
    )


def not_writable(path: object) -> EmbeddedError:
    """The error for a directory that this user may not write to."""
    return EmbeddedError(
        f"Cannot write to {path}: run as the user who owns it, "
        "or set PLIMSOLL_HOME to a directory of your own."
    )


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn the operating system's refusals inside the block into an :class:`EmbeddedError`.

    Other OSErrors pass unchanged: they are faults of the program, not of the place it runs in.
    """
    try:
        yield
    except OSError as refusal:
        if refusal.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(home) from refusal
        if refusal.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise not_writable(refusal.filename or home) from refusal
        raise
