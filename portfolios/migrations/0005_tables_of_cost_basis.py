"""Methods by year, lots by choice, and their recomputation."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolios", "0004_tables_of_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LotChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=18, max_digits=38)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Recalculation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "wanted",
                    models.JSONField(default=dict, help_text="The settings to reckon with."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                (
                    "realised_before",
                    models.DecimalField(decimal_places=18, default=Decimal("0"), max_digits=38),
                ),
                (
                    "realised_after",
                    models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BasisElection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tax_year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2009),
                            django.core.validators.MaxValueValidator(2200),
                        ]
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("fifo", "First in, first out"),
                            ("lifo", "Last in, first out"),
                            ("hifo", "Highest cost first"),
                            ("acb", "Average cost"),
                            ("uk", "UK share pooling"),
                            ("specific", "Specific identification"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="elections",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "ordering": ["tax_year"],
            },
        ),
        migrations.AddField(
            model_name="lotchoice",
            name="acquisition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chosen_for",
                to="portfolios.transaction",
            ),
        ),
        migrations.AddField(
            model_name="lotchoice",
            name="disposal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lot_choices",
                to="portfolios.transaction",
            ),
        ),
        migrations.AddField(
            model_name="recalculation",
            name="portfolio",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recalculations",
                to="portfolios.portfolio",
            ),
        ),
        migrations.AddField(
            model_name="recalculation",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="basiselection",
            constraint=models.UniqueConstraint(
                fields=("portfolio", "tax_year"), name="portfolios_election_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="lotchoice",
            constraint=models.UniqueConstraint(
                fields=("disposal", "acquisition"), name="portfolios_choice_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="lotchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="portfolios_choice_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="recalculation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=("portfolio",),
                name="portfolios_one_recalculation",
            ),
        ),
    ]
