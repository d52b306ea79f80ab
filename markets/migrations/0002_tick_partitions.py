"""The tick table, partitioned by day, and room for in-place updates of last prices.

The default partition takes every time that no daily partition covers, so that no insert can fail.
Daily partitions are made and dropped by markets/partitions.py.
"""

from django.db import migrations

CREATE = """
CREATE TABLE markets_tick (
    market_id bigint NOT NULL,
    time timestamptz NOT NULL,
    trade_id bigint NOT NULL,
    price numeric(38, 18) NOT NULL CHECK (price > 0 AND price < 'Infinity'),
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0 AND quantity < 'Infinity'),
    side varchar(1) NOT NULL CHECK (side IN ('b', 's')),
    PRIMARY KEY (market_id, time, trade_id)
) PARTITION BY RANGE (time);
CREATE TABLE markets_tick_default PARTITION OF markets_tick DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("markets", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE markets_tick"),
        migrations.RunSQL(
            "ALTER TABLE markets_lastprice SET (fillfactor = 50)",
            "ALTER TABLE markets_lastprice RESET (fillfactor)",
        ),
    ]
