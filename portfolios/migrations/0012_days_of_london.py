"""Ledgers under UK pooling are reckoned anew: their days were UTC days, now they are London's."""

from django.db import migrations
from django.db.models import Q, Sum


def ask_anew(apps, schema_editor):
    Portfolio = apps.get_model("portfolios", "Portfolio")
    Recalculation = apps.get_model("portfolios", "Recalculation")
    affected = Portfolio.objects.filter(Q(basis_method="uk") | Q(elections__method="uk")).distinct()
    for portfolio in affected.exclude(recalculations__state__in=["waiting", "running"]):
        elections = portfolio.elections.order_by("tax_year").values_list("tax_year", "method")
        Recalculation.objects.create(
            portfolio=portfolio,
            wanted={
                "method": portfolio.basis_method,
                "scope": portfolio.basis_scope,
                "tax_year_start": portfolio.tax_year_start,
                "elections": {str(year): method for year, method in elections},
            },
            realised_before=portfolio.holdings.aggregate(Sum("realised"))["realised__sum"] or 0,
        )


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0011_fewer_indexes")]
    operations = [migrations.RunPython(ask_anew, migrations.RunPython.noop)]
