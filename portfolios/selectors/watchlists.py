"""Assets that a person keeps an eye on, with what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from markets.selectors import Quote, quotes, sparklines
from portfolios.models import Watchlist, WatchlistItem

if TYPE_CHECKING:
    from accounts.models import User

SPARK_DAYS = 30


@dataclass(frozen=True)
class Watched:
    """One line: `quote` None where nobody has a price, `spark` the closes of 30 days in USD."""

    item: WatchlistItem
    quote: Quote | None
    spark: list[float]

    @property
    def symbol(self) -> str:
        return self.item.asset.symbol


@dataclass(frozen=True)
class WatchBoard:
    """A list and its lines in the person's own order."""

    watchlist: Watchlist
    lines: list[Watched]


def watchlists_for(user: User) -> QuerySet[Watchlist]:
    """The person's lists with their items in order."""
    items = WatchlistItem.objects.select_related("asset").order_by("position", "pk")
    return Watchlist.objects.filter(owner=user).prefetch_related(Prefetch("items", items))


def watch_boards(user: User, only: int | None = None) -> list[WatchBoard]:
    """All lists (or that one) with prices; prices and lines are asked for once."""
    rows = watchlists_for(user)
    lists = list(rows if only is None else rows.filter(pk=only))
    symbols = {item.asset.symbol for one in lists for item in one.items.all()}
    prices = quotes(symbols) if symbols else {}
    sparks = sparklines(sorted(symbols), SPARK_DAYS) if symbols else {}
    return [
        WatchBoard(
            one,
            [
                Watched(item, prices.get(item.asset.symbol), sparks.get(item.asset.symbol, []))
                for item in one.items.all()
            ],
        )
        for one in lists
    ]


def watched_symbols(user: User) -> set[str]:
    """What is on any list of the person."""
    rows = WatchlistItem.objects.filter(watchlist__owner=user)
    return set(rows.values_list("asset__symbol", flat=True))
