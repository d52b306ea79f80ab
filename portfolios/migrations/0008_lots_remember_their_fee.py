from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0007_basis_of_what_remains")]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="fee",
            field=models.DecimalField(
                decimal_places=18,
                default=Decimal(0),
                help_text="What the purchase cost beyond its price; in `cost`.",
                max_digits=38,
            ),
        ),
    ]
