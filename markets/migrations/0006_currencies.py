"""More currencies, and the bank that tells their rates."""

from django.db import migrations

from markets.known import ASSETS, CURRENCIES, VENUES


def add(apps, schema_editor):
    asset = apps.get_model("markets", "Asset")
    venue = apps.get_model("markets", "Venue")
    asset.objects.bulk_create(
        [
            asset(symbol=symbol, name=ASSETS[symbol].name, kind=ASSETS[symbol].kind)
            for symbol in sorted(CURRENCIES)
        ],
        ignore_conflicts=True,
    )
    # an asset of that symbol that somebody's file made a coin of
    asset.objects.filter(symbol__in=CURRENCIES).exclude(kind="fiat").update(kind="fiat")
    venue.objects.get_or_create(slug="ecb", defaults={"name": VENUES["ecb"].name})


class Migration(migrations.Migration):
    dependencies = [("markets", "0005_admin_rows")]

    operations = [
        # Backwards it leaves the rows: they may be held in somebody's ledger by then.
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
