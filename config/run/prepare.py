"""`python -m config.run.prepare`: what must be true of the database before anything serves it.

One process for all steps, because importing Django and the apps takes longer than the steps.
"""

import io
import os
import sys

import django
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor


def migrate() -> None:
    """Apply what is missing; silent where nothing is."""
    call_command("check", databases=["default"], stdout=io.StringIO())  # silent when all is well
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        print(f"Bringing the database up to date: {len(missing)} migrations.", flush=True)  # noqa: T201
        call_command("migrate", interactive=False, verbosity=0)


def prepare() -> None:
    """Migrate, seed the demo on an empty private database, collect the static files for others."""
    migrate()
    if settings.EMBEDDED and settings.DEBUG:
        call_command("seed_demo", if_empty=True)
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)


def main() -> None:
    """Prepare, or end with the reason and no traceback where the reason is not in the code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        prepare()
    except CommandError as refusal:  # SystemCheckError is one
        sys.exit(str(refusal))
    except OperationalError as refusal:
        sys.exit(f"The database does not answer: {refusal}")


if __name__ == "__main__":
    main()
