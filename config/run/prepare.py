"""`python -m config.run.prepare`: what must be true of the database before anything serves it.

One process for all steps, because importing Django and the apps takes longer than the steps.
"""

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate() -> None:
    """Apply what is missing; silent where nothing is."""
    call_command("check", databases=["default"])
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        print(f"Bringing the database up to date: {len(missing)} migrations.", flush=True)  # noqa: T201
        call_command("migrate", interactive=False, verbosity=0)


def main() -> None:
    """Migrate, seed the demo on an empty private database, collect the static files for others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    migrate()
    if settings.EMBEDDED and settings.DEBUG:
        call_command("seed_demo", if_empty=True)
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
