"""Assets, the venues that price them, and what these venues said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

#: Every price, quantity and amount of money in the product: numeric(38,18).
MONEY: dict[str, Any] = {"max_digits": 38, "decimal_places": 18}


class AssetKind(models.TextChoices):
    COIN = "coin", "Coin"
    STABLECOIN = "stablecoin", "Stablecoin"
    FIAT = "fiat", "Fiat money"


class Asset(models.Model):
    """Something that can be held: a coin, a stablecoin or fiat money."""

    symbol = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=AssetKind.choices, default=AssetKind.COIN)
    coingecko_id = models.CharField(max_length=80, blank=True)
    market_cap_rank = models.PositiveIntegerField(null=True, blank=True)
    market_cap_usd = models.DecimalField(**MONEY, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [F("market_cap_rank").asc(nulls_last=True), "symbol"]
        constraints = [
            models.CheckConstraint(
                condition=Q(symbol__regex=r"^[A-Z0-9.\-]+$"), name="markets_asset_symbol_upper"
            ),
        ]

    def __str__(self) -> str:
        return self.symbol


class Venue(models.Model):
    """A place prices come from. Simulated and real venues never mix in one figure."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    is_simulated = models.BooleanField(default=False)
    #: Changes in the transaction that changes daily candles; 0 while there are none.
    history_version = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Market(models.Model):
    """A pair traded at a venue, under the venue's own symbol (BTCUSDT)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="markets")
    symbol = models.CharField(max_length=40)
    base = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="markets")
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="quoted_markets")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["venue_id", "symbol"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol"], name="markets_market_once"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} at {self.venue.slug}"


class Interval(models.TextChoices):
    S1 = "1s", "1 second"
    M1 = "1m", "1 minute"
    M5 = "5m", "5 minutes"
    H1 = "1h", "1 hour"
    D1 = "1d", "1 day"

    @property
    def length(self) -> timedelta:
        seconds = {"1s": 1, "1m": 60, "5m": 300, "1h": 3600, "1d": 86400}
        return timedelta(seconds=seconds[self.value])

    @property
    def sql(self) -> str:
        """The length as PostgreSQL's interval."""
        return f"{int(self.length.total_seconds())} seconds"


class CandleQuerySet(models.QuerySet["Candle"]):
    def daily(self) -> Self:
        return self.filter(interval=Interval.D1)

    def between(self, start: datetime, end: datetime) -> Self:
        """Bars whose open time is in [start, end)."""
        return self.filter(open_time__gte=start, open_time__lt=end)


class Candle(models.Model):
    """An OHLCV bar, labelled by its open time (UTC). `is_closed` false: still moving."""

    pk = models.CompositePrimaryKey("market", "interval", "open_time")
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="candles")
    interval = models.CharField(max_length=3, choices=Interval.choices)
    open_time = models.DateTimeField()
    open = models.DecimalField(**MONEY)
    high = models.DecimalField(**MONEY)
    low = models.DecimalField(**MONEY)
    close = models.DecimalField(**MONEY)
    volume = models.DecimalField(**MONEY)
    vwap = models.DecimalField(**MONEY, null=True)
    trades = models.PositiveIntegerField(null=True)
    is_closed = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[Candle]] = CandleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gt=0, high__gte=F("low"), volume__gte=0),
                name="markets_candle_sane",
            ),
        ]
        indexes = [
            models.Index(
                fields=["interval", "open_time"],
                condition=Q(is_closed=False),
                name="markets_candle_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.interval} {self.open_time:%Y-%m-%d %H:%M:%S}"


class Side(models.TextChoices):
    BUY = "b", "Buy"
    SELL = "s", "Sell"


class Tick(models.Model):
    """One trade as the venue reported it. The table is partitioned by day (see partitions.py)."""

    pk = models.CompositePrimaryKey("market", "time", "trade_id")
    market = models.ForeignKey(Market, on_delete=models.DO_NOTHING, db_constraint=False)
    time = models.DateTimeField()
    trade_id = models.BigIntegerField()
    price = models.DecimalField(**MONEY)
    quantity = models.DecimalField(**MONEY)
    side = models.CharField(max_length=1, choices=Side.choices)

    class Meta:
        managed = False  # partitions cannot be made by the schema editor: RunSQL in 0002
        db_table = "markets_tick"

    def __str__(self) -> str:
        return f"{self.market_id} {self.time:%H:%M:%S.%f} {self.price}"


class TickRow(models.Model):
    """A tick as the admin sees it, which cannot show composite keys (a view: see 0005)."""

    id = models.CharField(max_length=80, primary_key=True)
    market = models.ForeignKey(
        Market, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    time = models.DateTimeField()
    trade_id = models.BigIntegerField()
    price = models.DecimalField(**MONEY)
    quantity = models.DecimalField(**MONEY)
    side = models.CharField(max_length=1, choices=Side.choices)

    class Meta:
        managed = False
        db_table = "markets_tick_row"
        verbose_name = "tick"
        ordering = ["-time", "-trade_id"]

    def __str__(self) -> str:
        return f"{self.market_id} {self.time:%H:%M:%S.%f} {self.price}"


class CandleRow(models.Model):
    """A candle as the admin sees it (a view: see 0005)."""

    id = models.CharField(max_length=80, primary_key=True)
    market = models.ForeignKey(
        Market, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    interval = models.CharField(max_length=3, choices=Interval.choices)
    open_time = models.DateTimeField()
    open = models.DecimalField(**MONEY)
    high = models.DecimalField(**MONEY)
    low = models.DecimalField(**MONEY)
    close = models.DecimalField(**MONEY)
    volume = models.DecimalField(**MONEY)
    vwap = models.DecimalField(**MONEY, null=True)
    trades = models.PositiveIntegerField(null=True)
    is_closed = models.BooleanField()

    class Meta:
        managed = False
        db_table = "markets_candle_row"
        verbose_name = "candle"
        ordering = ["-open_time", "market_id", "interval"]

    def __str__(self) -> str:
        return f"{self.market_id} {self.interval} {self.open_time:%Y-%m-%d %H:%M:%S}"


class LastPrice(models.Model):
    """The newest price of a market, as stored by the slow path; the cache may be newer."""

    market = models.OneToOneField(
        Market, on_delete=models.CASCADE, primary_key=True, related_name="last"
    )
    price = models.DecimalField(**MONEY)
    time = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.market_id} {self.price}"


class FeedStatus(models.TextChoices):
    LIVE = "live", "LIVE"
    DELAYED = "delayed", "DELAYED"
    SIMULATED = "simulated", "SIMULATED"
    STORED = "stored", "STORED"


class Feed(models.Model):
    """The state of one source of prices, written by the process that reads it."""

    venue = models.OneToOneField(Venue, on_delete=models.CASCADE, related_name="feed")
    is_current = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    reconnects = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    backfill_done = models.PositiveIntegerField(default=0)
    backfill_total = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="markets_one_current_feed"
            ),
        ]

    def __str__(self) -> str:
        return f"feed of {self.venue_id}"


class SourceHealth(models.Model):
    """What the last check of one outside source found (written every 5 minutes)."""

    source = models.CharField(max_length=40, unique=True)
    state = models.CharField(
        max_length=16,
        choices=[("ok", "ok"), ("failing", "failing"), ("off", "not configured")],
    )
    checked_at = models.DateTimeField()
    latency_ms = models.FloatField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "source health"

    def __str__(self) -> str:
        return f"{self.source}: {self.state}"
