"""`python -m bench [NAME …]`: runs the named benchmarks, or all, on servers of their own."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from config import embedded

NAMES = ["ticks", "fanout", "risk_kernel", "answers", "ledger", "nightly"]


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    if unknown := set(wanted) - set(NAMES):
        sys.exit(
            f"There is no benchmark {', '.join(sorted(unknown))}; choose of {', '.join(NAMES)}."
        )
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MARKET_FEED"] = "none"
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as home:
        Path(home).chmod(0o711)  # PostgreSQL may run as another user, who must get through
        servers = embedded.start(Path(home))
        try:
            _run(Path(home), wanted)
        finally:
            servers.stop()


def _run(home: Path, wanted: list[str]) -> None:
    os.environ["PLIMSOLL_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django  # noqa: PLC0415  (settings read the servers just started)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
