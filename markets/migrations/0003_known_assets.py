"""Assets and venues that every installation knows."""

from django.db import migrations

from markets.known import ASSETS, VENUES


def add(apps, schema_editor):
    asset = apps.get_model("markets", "Asset")
    venue = apps.get_model("markets", "Venue")
    asset.objects.bulk_create(
        [
            asset(symbol=symbol, name=known.name, kind=known.kind, coingecko_id=known.coingecko_id)
            for symbol, known in ASSETS.items()
        ],
        ignore_conflicts=True,
    )
    venue.objects.bulk_create(
        [
            venue(slug=slug, name=known.name, is_simulated=known.is_simulated)
            for slug, known in VENUES.items()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("markets", "0002_tick_partitions")]

    operations = [
        # Backwards it leaves the rows: they may be held in somebody's ledger by then.
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
