"""Making, filling and ordering watchlists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from portfolios.models import Watchlist, WatchlistItem
from portfolios.services import cleaning

if TYPE_CHECKING:
    from accounts.models import User

#: Lists of a person and assets of a list.
MOST_LISTS, MOST_ITEMS = 20, 100
#: The name of the list that a first star makes.
FIRST = "Watchlist"


def create_watchlist(*, owner: User, name: str) -> Watchlist:
    """A new, empty list; its name is unique among its owner's."""
    if Watchlist.objects.filter(owner=owner).count() >= MOST_LISTS:
        raise ValidationError({"name": [f"At most {MOST_LISTS} lists."]})
    return _named(Watchlist(owner=owner), name)


def rename_watchlist(*, watchlist: Watchlist, name: str) -> Watchlist:
    return _named(watchlist, name)


def delete_watchlist(*, watchlist: Watchlist) -> None:
    watchlist.delete()


def watch(*, watchlist: Watchlist, symbol: str, note: str = "") -> WatchlistItem:
    """Put an asset at the end of the list; one that is there stays where it is."""
    check = cleaning.Check()
    asset = cleaning.asset(symbol, "symbol", check)
    text = _note(note, check)
    check.stop()
    assert asset is not None  # noqa: S101 - check.stop() has raised otherwise
    with transaction.atomic():
        locked = Watchlist.objects.select_for_update().get(pk=watchlist.pk)
        known = locked.items.filter(asset=asset).first()
        if known is not None:
            return known
        if locked.items.count() >= MOST_ITEMS:
            raise ValidationError({"symbol": [f"A list has at most {MOST_ITEMS} assets."]})
        last = locked.items.aggregate(last=Max("position"))["last"]
        place = 0 if last is None else last + 1
        return WatchlistItem.objects.create(
            watchlist=locked, asset=asset, position=place, note=text
        )


def change_note(*, item: WatchlistItem, note: str) -> WatchlistItem:
    check = cleaning.Check()
    item.note = _note(note, check)
    check.stop()
    item.save(update_fields=["note"])
    return item


def unwatch(*, item: WatchlistItem) -> None:
    item.delete()


def reorder(*, watchlist: Watchlist, symbols: Sequence[str]) -> None:
    """Put these assets first, in this order; those that are not named follow as they were."""
    with transaction.atomic():
        locked = Watchlist.objects.select_for_update().get(pk=watchlist.pk)
        items = list(locked.items.select_related("asset").order_by("position", "pk"))
        known = {item.asset.symbol: item for item in items}
        wanted = [symbol.strip().upper() for symbol in symbols]
        unknown = [symbol for symbol in wanted if symbol not in known]
        if unknown or len(set(wanted)) < len(wanted):
            raise ValidationError({"symbols": ["Name assets of the list, each once."]})
        rest = [item for item in items if item.asset.symbol not in set(wanted)]
        for place, item in enumerate([*(known[symbol] for symbol in wanted), *rest]):
            item.position = place
        WatchlistItem.objects.bulk_update(items, ["position"])


def move(*, item: WatchlistItem, by: int) -> None:
    """One place up (-1) or down (1); at the end of the list it stays."""
    rows = item.watchlist.items.order_by("position", "pk")
    symbols = list(rows.values_list("asset__symbol", flat=True))
    here = symbols.index(item.asset.symbol)
    there = min(max(here + by, 0), len(symbols) - 1)
    symbols.insert(there, symbols.pop(here))
    reorder(watchlist=item.watchlist, symbols=symbols)


def toggle_watch(*, user: User, symbol: str) -> bool:
    """Off every list of the person if it is on one, else onto the oldest (made if there is none);
    whether it is watched now.
    """
    wanted = symbol.strip().upper()
    gone, _ = WatchlistItem.objects.filter(watchlist__owner=user, asset__symbol=wanted).delete()
    if gone:
        return False
    first = Watchlist.objects.filter(owner=user).order_by("pk").first()
    watch(watchlist=first or create_watchlist(owner=user, name=FIRST), symbol=wanted)
    return True


def _named(watchlist: Watchlist, name: str) -> Watchlist:
    clean = " ".join(str(name).split())
    if not clean or len(clean) > 80 or "\x00" in clean:
        raise ValidationError({"name": ["Give it a name of at most 80 characters."]})
    watchlist.name = clean
    try:
        with transaction.atomic():
            watchlist.save()
    except IntegrityError as error:
        raise ValidationError({"name": ["You have a list of this name."]}) from error
    return watchlist


def _note(note: str, check: cleaning.Check) -> str:
    text = str(note or "").strip()
    if len(text) > 200 or "\x00" in text:
        check.add("note", "At most 200 characters.")
    return text
