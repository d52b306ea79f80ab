"""Whom PostgreSQL runs as. It refuses to run as root, so root lends it to an unprivileged account
of the system.
"""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from config.embedded.errors import EmbeddedError

PREFERRED = ("plimsoll", "postgres", "nobody")
SHARED_STATE = Path("/var/lib/plimsoll")


class PopenOptions(TypedDict, total=False):
    """The keywords of subprocess.Popen that change whom a child runs as."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """An account of the operating system."""

    name: str
    uid: int
    gid: int

    def popen_options(self) -> PopenOptions:
        """Keywords for subprocess.Popen."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give it ``path``, closed to everybody else."""
        os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)

    def can_enter(self, directory: Path) -> bool:
        """Whether the permission bits let it reach ``directory`` (access lists are ignored)."""
        return all(self._may_search(place) for place in (directory, *directory.parents))

    def _may_search(self, place: Path) -> bool:
        facts = place.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)


def service_account(existing: Path) -> Account | None:
    """Whom to run PostgreSQL as: None means as ourselves.

    The owner of ``existing`` data keeps it; otherwise the first account of PREFERRED that this
    system has.
    """
    if os.geteuid() != 0:
        return None
    if existing.exists() and (owner := existing.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in PREFERRED:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedError(
        "PostgreSQL refuses to run as root: run `adduser --system plimsoll` first, "
        "or start as another user."
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def shared_directory(prefix: str) -> Path:
    """A new directory outside of everybody's home, for what the account must reach and could not.

    The parents keep their permissions: opening /root for a database would open it for everybody.
    """
    SHARED_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=SHARED_STATE))
