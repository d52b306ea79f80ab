"""What `make run` accepts from the environment, and what it says to the rest."""

import socket
from pathlib import Path

import pytest

from config.run.options import OptionError, check_ports, read


def test_the_environment_may_be_empty() -> None:
    options = read({})
    assert (options.port, options.live_port, options.feed) == (8000, 8001, "auto")
    assert options.embedded
    assert options.home == options.code
    assert (options.code / "manage.py").exists()


def test_the_environment_may_name_all(tmp_path: Path) -> None:
    options = read(
        {
            "PORT": "9100",
            "PLIMSOLL_HOME": str(tmp_path),
            "MARKET_FEED": "none",
            "DATABASE_URL": "postgres://u:p@h/d",
            "REDIS_URL": "redis://h/0",
        }
    )
    assert (options.port, options.home, options.feed) == (9100, tmp_path, "none")
    assert not options.embedded


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "http"}, "PORT=http is not a port"),
        ({"PORT": "0"}, "PORT=0 is not a port"),
        ({"PORT": "65535"}, "PORT=65535 is not a port"),
        ({"PORT": "-1"}, "PORT=-1 is not a port"),
        ({"MARKET_FEED": "kraken"}, "MARKET_FEED=kraken is not a feed: use one of auto"),
        ({"DATABASE_URL": "postgres://h/d"}, "DATABASE_URL is set and its sister is not"),
        ({"REDIS_URL": "redis://h/0"}, "REDIS_URL is set and its sister is not"),
    ],
)
def test_what_cannot_work_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read(environment)


@pytest.mark.parametrize("offset", [0, 1])
def test_a_taken_port_is_named_with_the_variable(offset: int) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        options = read({"PORT": str(port - offset)})
        with pytest.raises(OptionError, match=rf"Port {port}, .* taken .* `make run PORT=\d+`"):
            check_ports(options)
