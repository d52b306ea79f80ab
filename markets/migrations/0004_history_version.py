from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("markets", "0003_known_assets")]

    operations = [
        migrations.AddField(
            model_name="venue",
            name="history_version",
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="candle",
            index=models.Index(
                condition=models.Q(("is_closed", False)),
                fields=["interval", "open_time"],
                name="markets_candle_open",
            ),
        ),
    ]
