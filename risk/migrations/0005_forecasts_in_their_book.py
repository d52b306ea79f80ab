"""What was said of a book stands in its row: one row a portfolio and night, where there were 13."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risk", "0004_limits_and_breaches")]

    operations = [
        migrations.AddField(
            model_name="frozenbook",
            name="observations",
            field=models.JSONField(
                default=dict,
                help_text="Days of returns that a forecast was made from, by confidence.",
            ),
        ),
        migrations.AddField(
            model_name="frozenbook",
            name="losses",
            field=models.JSONField(
                default=dict,
                help_text=(
                    "VaR by confidence and method, as a fraction of the value; null: undefined."
                ),
            ),
        ),
    ]
