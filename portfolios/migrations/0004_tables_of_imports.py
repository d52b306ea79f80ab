"""Files on their way into a ledger."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolios", "0003_a_ledger_for_taxes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "signature",
                    models.CharField(help_text="SHA-256 of the header's names.", max_length=64),
                ),
                (
                    "columns",
                    models.JSONField(help_text="Field of a transaction → column of the file."),
                ),
                (
                    "options",
                    models.JSONField(
                        default=dict, help_text="Decimal mark, time zone, date order …"
                    ),
                ),
                ("used_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["-used_at"],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(help_text="Of the file, the header being 1.")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("new", "Will be added"),
                            ("known", "Is there already"),
                            ("similar", "Looks like one that is there"),
                            ("ignored", "Means nothing to the ledger"),
                            ("wrong", "Cannot be imported"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "taken",
                    models.BooleanField(
                        default=True, help_text="Whether the person wants it imported."
                    ),
                ),
                (
                    "content",
                    models.JSONField(help_text="As `add_transaction` takes it.", null=True),
                ),
                ("raw", models.JSONField(default=list)),
                ("errors", models.JSONField(default=list, help_text="[[column, message], …]")),
            ],
            options={
                "ordering": ["line", "id"],
            },
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("filename", models.CharField(max_length=200)),
                ("format", models.CharField(blank=True, max_length=20)),
                ("content", models.BinaryField(null=True)),
                ("columns", models.JSONField(blank=True, default=dict)),
                ("options", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("reading", "Reading"),
                            ("ready", "Ready to import"),
                            ("writing", "Importing"),
                            ("done", "Imported"),
                            ("failed", "Failed"),
                            ("undone", "Undone"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("summary", models.JSONField(blank=True, default=dict)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="portfolios.portfolio",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="transaction",
            name="import_job",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="transactions",
                to="portfolios.importjob",
            ),
        ),
        migrations.AddField(
            model_name="importmapping",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="import_mappings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="portfolios.importjob",
            ),
        ),
        migrations.AddConstraint(
            model_name="importmapping",
            constraint=models.UniqueConstraint(
                fields=("user", "signature"), name="portfolios_mapping_once"
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                fields=["job", "verdict", "line"], name="portfolios__job_id_4d6cca_idx"
            ),
        ),
    ]
