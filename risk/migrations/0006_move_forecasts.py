"""Every stored forecast into the row of its book."""

from django.db import migrations

FORWARD = """
UPDATE risk_frozenbook AS book SET losses = said.losses, observations = said.observations
FROM (
    SELECT book_id, jsonb_object_agg(confidence::text, losses) AS losses,
           jsonb_object_agg(confidence::text, observations) AS observations
    FROM (
        SELECT book_id, confidence, jsonb_object_agg(method, fraction) AS losses,
               max(observations) AS observations
        FROM risk_forecast GROUP BY book_id, confidence
    ) AS by_confidence GROUP BY book_id
) AS said
WHERE said.book_id = book.id
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0005_forecasts_in_their_book")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
