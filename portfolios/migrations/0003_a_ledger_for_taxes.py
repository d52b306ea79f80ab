"""What transactions, lots and disposals say for taxes."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("markets", "0005_admin_rows"),
        ("portfolios", "0002_figures_know_where_they_come_from"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="disposal",
            options={"ordering": ["transaction__executed_at", "id"]},
        ),
        migrations.AddField(
            model_name="disposal",
            name="fee",
            field=models.DecimalField(
                decimal_places=18,
                default=Decimal("0"),
                help_text="What the sale cost; `proceeds` are after it.",
                max_digits=38,
            ),
        ),
        migrations.AddField(
            model_name="disposal",
            name="rule",
            field=models.CharField(
                choices=[
                    ("fifo", "Oldest first"),
                    ("lifo", "Newest first"),
                    ("hifo", "Highest cost first"),
                    ("acb", "Average cost"),
                    ("same_day", "Same day"),
                    ("30_days", "Bought within 30 days after"),
                    ("pool", "Section 104 pool"),
                    ("chosen", "Chosen by hand"),
                    ("moved", "Moved to another location"),
                ],
                default="fifo",
                help_text="Why this lot.",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="basis",
            field=models.DecimalField(
                decimal_places=18, default=Decimal("0"), help_text="Of what remains.", max_digits=38
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="basis_missing",
            field=models.BooleanField(
                default=False,
                help_text="Nobody says where these units came from: their basis is zero.",
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="location",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="lot",
            name="moved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moved_lots",
                to="portfolios.transaction",
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="source",
            field=models.ForeignKey(
                blank=True,
                help_text="The lot at another location that these units were moved from.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moved_to",
                to="portfolios.lot",
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="basis_method",
            field=models.CharField(
                choices=[
                    ("fifo", "First in, first out"),
                    ("lifo", "Last in, first out"),
                    ("hifo", "Highest cost first"),
                    ("acb", "Average cost"),
                    ("uk", "UK share pooling"),
                    ("specific", "Specific identification"),
                ],
                default="fifo",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="basis_scope",
            field=models.CharField(
                choices=[("portfolio", "Whole portfolio"), ("location", "Each location by itself")],
                default="portfolio",
                help_text="Whether a disposal takes lots of the whole portfolio or of its location alone.",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="drift_tolerance",
            field=models.FloatField(
                default=0.05,
                help_text="A weight this far from its target (a fraction of the total) drifts.",
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="minimum_order",
            field=models.DecimalField(
                decimal_places=18,
                default=Decimal("10"),
                help_text="Smaller trades are not proposed (base currency).",
                max_digits=38,
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="tax_year_start",
            field=models.CharField(
                default="01-01",
                help_text="MM-DD; the United Kingdom's is 04-06.",
                max_length=5,
                validators=[
                    django.core.validators.RegexValidator("^(0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])$")
                ],
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="trade_fee",
            field=models.FloatField(default=0.001, help_text="Of a proposed trade, a fraction."),
        ),
        migrations.AddField(
            model_name="transaction",
            name="to_asset",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="swaps_into",
                to="markets.asset",
            ),
        ),
        migrations.AddField(
            model_name="transaction",
            name="to_quantity",
            field=models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name="transaction",
            name="unmatched",
            field=models.BooleanField(
                default=False,
                help_text="Accepted though more leaves than is held; what is short has no basis.",
            ),
        ),
        migrations.AlterField(
            model_name="disposal",
            name="realised",
            field=models.BooleanField(
                help_text="False: a withdrawal, gift or move, which takes basis out but makes no gain."
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="type",
            field=models.CharField(
                choices=[
                    ("buy", "Buy"),
                    ("sell", "Sell"),
                    ("swap", "Swap"),
                    ("deposit", "Deposit"),
                    ("withdrawal", "Withdrawal"),
                    ("transfer", "Transfer"),
                    ("fee", "Fee"),
                    ("interest", "Margin interest"),
                    ("reward", "Reward"),
                    ("airdrop", "Airdrop"),
                    ("fork", "Fork"),
                    ("gift_in", "Gift received"),
                    ("gift_out", "Gift given"),
                    ("lost", "Lost"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["portfolio", "executed_at", "id"], name="portfolios__portfol_2b6b72_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("to_asset__isnull", True), ("to_quantity__isnull", True)),
                    models.Q(("to_asset__isnull", False), ("to_quantity__gt", 0), ("type", "swap")),
                    _connector="OR",
                ),
                name="portfolios_only_swaps_have_two_legs",
            ),
        ),
    ]
