"""What every test may ask for: people, a clean Valkey, an environment for child processes."""

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
from asgiref.sync import SyncToAsync
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from redis import Redis

from accounts.hashers import BCrypt12PasswordHasher
from accounts.models import User
from markets.models import Venue
from tests.servers import HOME_OF_THE_RUN, other_home

pytest_plugins = ["tests.markets.exchange_fixture"]

# A machine that does other things besides is no failure of what is tested.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")

PASSWORD = "a-long-enough-pass-phrase"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """pytest-django's, which removes the database at the end: the thread in which asgiref runs what
    an asynchronous test asks of Django has a connection of its own, and would keep it open.
    """
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_when_asked() -> Iterator[None]:
    """Else each test client, at its first request, lists all of them: a twentieth of a second."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve rounds are a quarter of a second a person; the number is tested where it is set."""
    monkeypatch.setattr(BCrypt12PasswordHasher, "rounds", 4)


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Make a user by first name; the password is ``tests.conftest.PASSWORD``."""

    def make(name: str) -> User:
        return User.objects.create_user(f"{name}@example.com", PASSWORD)

    return make


@pytest.fixture
def owner(person: Callable[[str], User]) -> User:
    """She whose objects the test is about."""
    return person("owner")


@pytest.fixture
def mate(person: Callable[[str], User]) -> User:
    """A friend of the owner: a user who may be given a share."""
    return person("mate")


@pytest.fixture
def stranger(person: Callable[[str], User]) -> User:
    """A user who must not see anything of the owner's."""
    return person("stranger")


@pytest.fixture(autouse=True)
def _known_rows(request: pytest.FixtureRequest) -> None:
    """What data migrations wrote is there for every test, also after one that emptied all tables
    (a test with real commits does).
    """
    uses = {"db", "transactional_db"} & set(request.fixturenames)
    if not uses and request.node.get_closest_marker("django_db") is None:
        return
    request.getfixturevalue("_django_db_helper")
    if Venue.objects.exists():
        return
    for name in ("markets.migrations.0003_known_assets", "config.migrations.0002_schedule"):
        module = import_module(name)
        write = module.add if hasattr(module, "add") else module.create
        write(apps, None)


@pytest.fixture
def valkey() -> Iterator[Redis]:
    """A client of this worker's own Valkey database, empty before and after the test."""
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def child_environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """The environment in which a child process (manage.py, a worker, a server) reaches this test's
    databases.
    """
    return environment_of_children(tmp_path / "home")


def environment_of_children(home: Path) -> dict[str, str]:
    """As above, for what outlives a test; ``home`` is made."""
    environment = dict(os.environ)
    if HOME_OF_THE_RUN not in environment:
        return environment | {"DATABASE_URL": _database_url(os.environ["DATABASE_URL"])}
    other_home(home, _database_url(settings.DATABASE_URL), settings.REDIS_URL)
    return environment | {"PLIMSOLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}


def _database_url(of_settings: str) -> str:
    """The same server, at the database that pytest-django made for this worker."""
    return f"{of_settings.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
