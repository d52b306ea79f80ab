"""The page Watchlists, and the star on the market pages. A list swaps itself, and so does a star;
without a script they are plain forms.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from markets.models import Asset
from markets.selectors import current_venue
from portfolios.models import WatchlistItem
from portfolios.selectors.watchlists import watch_boards, watched_symbols, watchlists_for
from portfolios.services import watchlists as services
from portfolios.views.answers import by_htmx, person, symbols


@login_required
@require_http_methods(["GET", "POST"])
def watchlists(request: HttpRequest) -> HttpResponse:
    """Every list with prices; POST `name` makes one."""
    if request.method == "GET":
        return _page(request, {})
    name = request.POST.get("name", "")
    try:
        made = services.create_watchlist(owner=person(request), name=name)
    except ValidationError as error:
        return _page(request, {"name": name, "name_error": error.messages[0]})
    return redirect(f"{request.path}#list-{made.pk}")


def _page(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    context = {
        "boards": watch_boards(person(request)),
        "venue": current_venue(),
        "symbols": symbols(),
        **more,
    }
    status = 422 if any(name.endswith("_error") for name in more) else 200
    return render(request, "watchlists/page.html", context, status=status)


@login_required
@require_POST
def watchlist_change(request: HttpRequest, watchlist_id: int) -> HttpResponse:
    """What the button says: `add` a symbol, `rename`, `delete` the list."""
    watchlist = get_object_or_404(watchlists_for(person(request)), pk=watchlist_id)
    try:
        if "delete" in request.POST:
            services.delete_watchlist(watchlist=watchlist)
            messages.success(request, f"{watchlist.name} is gone.")
            return redirect("watchlists")
        if "rename" in request.POST:
            services.rename_watchlist(watchlist=watchlist, name=request.POST.get("name", ""))
        else:
            symbol = request.POST.get("symbol", "")
            note = request.POST.get("note", "")
            services.watch(watchlist=watchlist, symbol=symbol, note=note)
    except ValidationError as error:
        refused = {"refused": watchlist.pk, "typed": request.POST.get("symbol", "")}
        return _list(request, watchlist.pk, {**refused, "list_error": error.messages[0]})
    return _list(request, watchlist.pk, {})


@login_required
@require_POST
def watched_change(request: HttpRequest, watchlist_id: int, symbol: str) -> HttpResponse:
    """What the button says: `up`, `down`, `remove`, or save the `note`."""
    watchlist = get_object_or_404(watchlists_for(person(request)), pk=watchlist_id)
    rows = watchlist.items.select_related("asset", "watchlist")
    item = get_object_or_404(rows, asset__symbol=symbol.upper())
    try:
        words = _changed(request, item)
    except ValidationError as error:
        refused = {"refused_note": item.pk, "typed": request.POST.get("note", "")}
        return _list(request, watchlist.pk, {**refused, "list_error": error.messages[0]})
    return _list(request, watchlist.pk, {}, words)


def _changed(request: HttpRequest, item: WatchlistItem) -> str:
    """What to tell of it; that something moved is seen."""
    symbol = item.asset.symbol
    if "remove" in request.POST:
        services.unwatch(item=item)
        return f"{symbol} is off the list"
    if "up" in request.POST or "down" in request.POST:
        services.move(item=item, by=-1 if "up" in request.POST else 1)
        return ""
    services.change_note(item=item, note=request.POST.get("note", ""))
    return f"The note on {symbol} is kept"


def _list(
    request: HttpRequest, watchlist_id: int, refused: dict[str, Any], words: str = ""
) -> HttpResponse:
    """The list as it is now for htmx, the page otherwise."""
    if not by_htmx(request):
        return _page(request, refused) if refused else redirect(f"/watchlists/#list-{watchlist_id}")
    board = watch_boards(person(request), watchlist_id)[0]
    answer = render(request, "watchlists/parts/list.html", {"board": board, **refused})
    if words:
        toast = {"plimsoll:toast": {"title": words, "undo": ""}}
        answer["HX-Trigger"] = json.dumps(toast)
    return answer


@login_required
@require_POST
def watch_toggle(request: HttpRequest, symbol: str) -> HttpResponse:
    """The star: on or off; htmx gets the star as it is now."""
    asset = get_object_or_404(Asset, symbol=symbol.upper())
    try:
        services.toggle_watch(user=person(request), symbol=asset.symbol)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if not by_htmx(request):
        return redirect("market-detail", asset.symbol)
    watched = watched_symbols(person(request))
    context = {"symbol": asset.symbol, "watched": watched, "words": "words" in request.POST}
    return render(request, "watchlists/star.html", context)
