"""Free ports on the loopback interface, below the range that the kernel hands out by itself."""

import socket
from collections.abc import Iterator

from config.embedded.errors import EmbeddedError

FIRST, LAST = (
    20000,
    31999,
)  # Linux gives outgoing connections 32768 and up: a server there collides with its own clients


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    if answers(port):  # on macOS binding succeeds beside one that listens on all addresses
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1:port."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(start: int) -> Iterator[int]:
    """Free ports, searched upwards from ``start`` (wrapped into FIRST…LAST); more than one because
    others race.
    """
    span = LAST - FIRST + 1
    for step in range(span):
        port = FIRST + (start - FIRST + step) % span
        if is_free(port):
            yield port
    raise EmbeddedError(
        f"No free port between {FIRST} and {LAST} on 127.0.0.1: end what occupies them."
    )
