"""What is left of each lot's cost, from its cost and what its disposals took."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0006_tables_around_the_ledger")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE portfolios_lot SET basis = cost - coalesce(
                (SELECT sum(basis) FROM portfolios_disposal d WHERE d.lot_id = portfolios_lot.id), 0
            )
            """,
            migrations.RunSQL.noop,
        ),
    ]
