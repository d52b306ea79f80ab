"""The nightly run, its chunks, and which snapshot came of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolios", "0002_figures_know_where_they_come_from"),
        ("risk", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RiskRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("portfolios", models.PositiveIntegerField(help_text="In all chunks together.")),
                (
                    "by_kernel",
                    models.PositiveIntegerField(default=0, help_text="Measured many at once."),
                ),
                (
                    "singly",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Measured one by one: an asset of theirs has gaps in its history.",
                    ),
                ),
                (
                    "empty",
                    models.PositiveIntegerField(default=0, help_text="Held nothing on that day."),
                ),
                (
                    "edited",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Edited or deleted while measured: the edit asks for its own turn.",
                    ),
                ),
            ],
            options={
                "ordering": ["-day"],
            },
        ),
        migrations.AlterField(
            model_name="risksnapshot",
            name="answer",
            field=models.JSONField(
                help_text="The whole answer as the API gives it; of a nightly run what is pushed of it."
            ),
        ),
        migrations.CreateModel(
            name="RiskChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("size", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("leased", "Leased"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="risk.riskrun",
                    ),
                ),
            ],
            options={
                "ordering": ["run", "number"],
            },
        ),
        migrations.AddField(
            model_name="risksnapshot",
            name="run",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The nightly run that made it; empty: an edit or a moved price did.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="snapshots",
                to="risk.riskrun",
            ),
        ),
        migrations.AddConstraint(
            model_name="risksnapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("run__isnull", False)),
                fields=("run", "portfolio"),
                name="risk_snapshot_once_a_run",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskchunk",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="risk_chunk_once"),
        ),
    ]
