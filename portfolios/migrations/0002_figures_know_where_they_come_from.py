import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("markets", "0001_initial"),
        ("portfolios", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="portfolio",
            name="touched_from",
            field=models.DateField(
                blank=True,
                help_text="First day whose daily value an edit has made wrong.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="valued_at",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose prices the daily values hold; another venue's never mix with them.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="markets.venue",
            ),
        ),
    ]
