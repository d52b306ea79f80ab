"""Forecasts of the nightly run and the frozen books they speak of."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolios", "0002_figures_know_where_they_come_from"),
        ("risk", "0002_nightly_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="FrozenBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(help_text="The UTC day that the forecasts speak of.")),
                ("base_currency", models.CharField(max_length=12)),
                (
                    "venue",
                    models.CharField(help_text="Whose closes they are; its slug.", max_length=40),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=18,
                        help_text="At the closes of the day before.",
                        max_digits=38,
                    ),
                ),
                (
                    "positions",
                    models.JSONField(
                        help_text="Units by symbol, decimal strings; only what is priced."
                    ),
                ),
                (
                    "missing",
                    models.JSONField(default=list, help_text="Held without a close; in no figure."),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "value_after",
                    models.DecimalField(
                        decimal_places=18,
                        help_text="The same units at the closes of `day`; null until then.",
                        max_digits=38,
                        null=True,
                    ),
                ),
                (
                    "realised",
                    models.FloatField(help_text="Return of these units over `day`.", null=True),
                ),
                ("graded_at", models.DateTimeField(null=True)),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="frozen_books",
                        to="portfolios.portfolio",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "portfolio_id"],
            },
        ),
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("historical", "Historical"),
                            ("parametric", "Parametric"),
                            ("cornish_fisher", "Cornish-Fisher"),
                            ("ewma", "EWMA"),
                            ("filtered_historical", "Filtered historical"),
                            ("student_t", "Student's t"),
                        ],
                        max_length=20,
                    ),
                ),
                ("confidence", models.FloatField()),
                ("window_days", models.PositiveIntegerField(help_text="Asked for.")),
                (
                    "observations",
                    models.PositiveIntegerField(help_text="Days of returns it was made from."),
                ),
                (
                    "fraction",
                    models.FloatField(help_text="Of the value; null where undefined.", null=True),
                ),
                ("amount", models.DecimalField(decimal_places=18, max_digits=38, null=True)),
                (
                    "exception",
                    models.BooleanField(help_text="Null until the day is graded.", null=True),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="forecasts",
                        to="risk.frozenbook",
                    ),
                ),
            ],
            options={
                "ordering": ["book_id", "confidence", "method"],
            },
        ),
        migrations.AddIndex(
            model_name="frozenbook",
            index=models.Index(
                condition=models.Q(("graded_at", None)), fields=["day"], name="risk_book_not_graded"
            ),
        ),
        migrations.AddConstraint(
            model_name="frozenbook",
            constraint=models.UniqueConstraint(
                fields=("portfolio", "day"), name="risk_book_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="forecast",
            constraint=models.UniqueConstraint(
                fields=("book", "method", "confidence"), name="risk_forecast_once"
            ),
        ),
    ]
