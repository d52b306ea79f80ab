"""The mark that lets a second start serve before it prepares, and what makes it void."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.embedded.home import Home
from config.run.freshness import Freshness


@pytest.fixture
def fresh(tmp_path: Path) -> Freshness:
    """Code with one migration, a home with a cluster, not prepared yet."""
    code, home = tmp_path / "code", Home(tmp_path / "home")
    for folder in (
        code / "app/migrations",
        code / "requirements",
        home.run,
        home.postgres / "data",
    ):
        folder.mkdir(parents=True)
    (code / "app/migrations/0001_initial.py").write_text("operations = []")
    (code / "requirements/base.txt").write_text("Django==5.2")
    (home.postgres / "data/PG_VERSION").write_text("18\n")
    return Freshness(home, code)


def new_migration(fresh: Freshness) -> None:
    """Somebody pulled a new version."""
    (fresh.code / "app/migrations/0002_more.py").write_text("operations = []")


def edited_migration(fresh: Freshness) -> None:
    """A developer rewrote a migration."""
    (fresh.code / "app/migrations/0001_initial.py").write_text("operations = [1]")


def new_packages(fresh: Freshness) -> None:
    """A package may bring migrations."""
    (fresh.code / "requirements/base.txt").write_text("Django==5.3")


def new_cluster(fresh: Freshness) -> None:
    """The data was moved away, to begin anew."""
    version = fresh.home.postgres / "data/PG_VERSION"
    version.rename(version.with_name("old"))
    version.write_text("18\n")


def test_a_new_home_is_not_prepared(fresh: Freshness) -> None:
    assert not fresh.is_prepared()


def test_the_mark_holds_while_nothing_changes(fresh: Freshness) -> None:
    fresh.note()
    assert fresh.is_prepared()


@pytest.mark.parametrize("change", [new_migration, edited_migration, new_packages, new_cluster])
def test_a_change_voids_the_mark(fresh: Freshness, change: Callable[[Freshness], None]) -> None:
    fresh.note()
    change(fresh)
    assert not fresh.is_prepared()
