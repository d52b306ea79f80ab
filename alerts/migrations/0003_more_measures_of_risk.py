"""Rules may watch more of a portfolio's risk than its VaR."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_event_without_rule")]

    operations = [
        migrations.AlterField(
            model_name="rule",
            name="measure",
            field=models.CharField(
                choices=[
                    ("price", "Price"),
                    ("var", "1-day VaR 95 %"),
                    ("cvar", "1-day CVaR 95 %"),
                    ("volatility", "Volatility, year"),
                    ("score", "Risk score"),
                    ("current_drawdown", "Drawdown now"),
                    ("risk_share", "Largest share of risk"),
                ],
                max_length=16,
            ),
        ),
    ]
