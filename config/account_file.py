"""Everything of one person in one JSON document, and back into an empty account.

Other people's rows (shares), what can be computed (lots, values, snapshots), secrets and what was
heard (alerts that fired, files that were imported) are not in it. Prices are the installation's:
with the same ones the account has the same figures.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import update_preferences
from alerts.models import Channel, ChannelKind, Rule
from alerts.services import create_rule
from alerts.services.channels import create_channel
from markets import services as markets
from markets.models import Asset
from portfolios.copying import without_collection
from portfolios.exports.history import changes_of
from portfolios.exports.ledger import VERSION, contents
from portfolios.models import Portfolio, Watchlist
from portfolios.selectors import own_portfolios_for
from portfolios.services.restoring import MalformedError, part, restore_portfolio, restore_watchlist
from risk.models import Limit
from risk.services.limits import create_limit

#: Of the file as it is sent, and of what it unpacks to.
MAX_BYTES, MAX_UNPACKED = 50 * 1024 * 1024, 400 * 1024 * 1024
MAX_ASSETS = 2000
NOT_EMPTY = "This account is not empty: take an account file into a new one."
_PREFERENCES = ("base_currency", "theme", "locale", "time_zone", "privacy", "risk_tolerance",
                "chart_range", "benchmark")  # fmt: skip


def account_document(user: User) -> dict[str, Any]:
    """The document, version 1; amounts are strings, times ISO 8601."""
    owned = own_portfolios_for(user).order_by("pk")
    portfolios = [{**contents(one), "changes": changes_of(one)} for one in owned]
    lists = Watchlist.objects.filter(owner=user).prefetch_related("items__asset").order_by("pk")
    watchlists = [_watchlist(one) for one in lists]
    rules = Rule.objects.filter(owner=user).select_related("asset", "portfolio").order_by("pk")
    channels = list(Channel.objects.filter(owner=user).order_by("pk"))
    places = {channel.pk: place for place, channel in enumerate(channels)}
    limits = Limit.objects.filter(owner=user).select_related("asset", "portfolio").order_by("pk")
    return {
        "plimsoll": VERSION,
        "kind": "account",
        "exported_at": timezone.now().isoformat(),
        "preferences": {name: getattr(user.preferences, name) for name in _PREFERENCES},
        "assets": _assets(portfolios, watchlists),
        "portfolios": portfolios,
        "watchlists": watchlists,
        "alert_channels": [_channel(channel, user) for channel in channels],
        "alert_rules": [_rule(rule, places) for rule in rules if _own(rule.portfolio, user)],
        "risk_limits": [_limit(limit) for limit in limits if _own(limit.portfolio, user)],
    }


def _own(portfolio: Portfolio | None, user: User) -> bool:
    return portfolio is None or portfolio.owner_id == user.pk


def _watchlist(one: Watchlist) -> dict[str, Any]:
    items = [{"symbol": item.asset.symbol, "note": item.note} for item in one.items.all()]
    return {"name": one.name, "items": items}


def _assets(portfolios: list[dict[str, Any]], watchlists: list[dict[str, Any]]) -> list[Any]:
    """Name and kind of every asset that is mentioned, for an installation that has not heard."""
    symbols = {item["symbol"] for one in watchlists for item in one["items"]}
    for portfolio in portfolios:
        symbols |= {target["symbol"] for target in portfolio["targets"]}
        symbols |= {portfolio["settings"][name] for name in ("base_currency", "benchmark")}
        for row in portfolio["transactions"]:
            symbols |= {row["symbol"], row["to_symbol"], row["fee_symbol"], row["currency"]}
        for change in portfolio["changes"]:  # what was deleted may be brought back
            told = (change["before"] or {}, change["after"] or {})
            symbols |= {row.get(name) for row in told for name in ("symbol", "to_symbol")}
    rows = Asset.objects.filter(symbol__in=symbols - {None}).order_by("symbol")
    return [{"symbol": row.symbol, "name": row.name, "kind": row.kind} for row in rows]


def _channel(channel: Channel, user: User) -> dict[str, Any]:
    """The address of the sign-in is left empty: elsewhere the person may sign in with another."""
    address = "" if channel.address == user.email.lower() else channel.address
    return {"kind": channel.kind, "address": address, "enabled": channel.enabled}


def _rule(rule: Rule, places: Mapping[int, int]) -> dict[str, Any]:
    """`channels`: places in the document's list of them, from 0."""
    heard = sorted(places[pk] for pk in rule.channels.values_list("pk", flat=True) if pk in places)
    return {
        "name": rule.name,
        "subject": rule.subject,
        "measure": rule.measure,
        "symbol": rule.asset.symbol if rule.asset else None,
        "portfolio": rule.portfolio.name if rule.portfolio else None,
        "direction": rule.direction,
        "threshold": str(rule.threshold),
        "hysteresis": rule.hysteresis,
        "cooldown_seconds": int(rule.cooldown.total_seconds()),
        "enabled": rule.enabled,
        "channels": heard,
    }


def _limit(limit: Limit) -> dict[str, Any]:
    return {
        "measure": limit.measure,
        "threshold": limit.threshold,
        "portfolio": limit.portfolio.name if limit.portfolio else None,
        "symbol": limit.asset.symbol if limit.asset else None,
        "confidence": limit.confidence,
        "horizon": limit.horizon,
        "name": limit.name,
        "enabled": limit.enabled,
    }


def read_document(file: IO[bytes]) -> dict[str, Any]:
    """The document in a file, gzipped or not; errors are on `file`."""
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise MalformedError("file", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if raw.startswith(b"\x1f\x8b"):
        raw = _unpacked(raw)
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedError("file", "This is no JSON document.") from error
    if not isinstance(found, dict):
        raise MalformedError("file", "This is no account export of Plimsoll.")
    return found


def _unpacked(raw: bytes) -> bytes:
    try:
        unpacker = zlib.decompressobj(wbits=31)
        found = unpacker.decompress(raw, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise MalformedError("file", "The file is damaged: it cannot be unpacked.") from error
    if len(found) > MAX_UNPACKED or not unpacker.eof:
        raise MalformedError("file", "The file is cut off, or unpacks to more than is read.")
    return found


def packed(document: Mapping[str, Any]) -> bytes:
    """The document as gzipped JSON."""
    return gzip.compress(json.dumps(document).encode(), compresslevel=6, mtime=0)


def is_empty(user: User) -> bool:
    """Whether an account document may be taken in."""
    owned = (own_portfolios_for(user), *(m.objects.filter(owner=user) for m in (Watchlist, Rule)))
    return (
        not any(rows.exists() for rows in owned) and not Limit.objects.filter(owner=user).exists()
    )


def import_account(*, user: User, document: Mapping[str, Any]) -> dict[str, int]:
    """Fill an empty account; returns how many of each there are. All or nothing.

    Errors name the place in the document: `portfolios.0.transactions.3.quantity`.
    """
    if document.get("kind") != "account":
        raise MalformedError("kind", "This is no account export of Plimsoll.")
    if document.get("plimsoll") != VERSION:
        raise MalformedError("plimsoll", f"Version {VERSION} is read here; this is another one.")
    with without_collection(), transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not is_empty(user):
            raise ValidationError(NOT_EMPTY)
        _ensure_assets(part(document, "assets", list, ""))
        _prefer(user, part(document, "preferences", dict, ""))
        made = _each(document, "portfolios", lambda one, at: _portfolio(user, one, at))
        ids = {portfolio.name: portfolio.pk for portfolio in made}
        lists = _each(document, "watchlists", lambda one, at: _list(user, one, at))
        channels = _channels(user, document)
        rules = _each(
            document, "alert_rules", lambda one, at: _make_rule(user, one, ids, channels, at)
        )
        limits = _each(document, "risk_limits", lambda one, at: _make_limit(user, one, ids, at))
    rows = sum(portfolio.transactions.count() for portfolio in made)
    return {
        "portfolios": len(made),
        "transactions": rows,
        "watchlists": len(lists),
        "alert_channels": sum(channel is not None for channel in channels),
        "alert_rules": len(rules),
        "risk_limits": len(limits),
    }


def _each(
    document: Mapping[str, Any], name: str, make: Callable[[dict[str, Any], str], Any]
) -> list[Any]:
    """Make each entry of a list; an error that names only a field gets the entry's place."""
    made = []
    for place, entry in enumerate(part(document, name, list, "")):
        at = f"{name}.{place}"
        if not isinstance(entry, dict):
            raise MalformedError(at, "Expected an object.")
        try:
            made.append(make(entry, at))
        except MalformedError:
            raise
        except ValidationError as error:
            found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            field, messages = next(iter(found.items()))
            raise MalformedError(f"{at}.{field}".rstrip("."), messages[0]) from error
    return made


def _ensure_assets(rows: list[Any]) -> None:
    if len(rows) > MAX_ASSETS:
        raise MalformedError("assets", f"At most {MAX_ASSETS} assets.")
    for place, row in enumerate(rows):
        try:
            names = str(row["symbol"]), str(row["name"]), str(row["kind"])
            markets.ensure_asset(names[0], name=names[1], kind=names[2])
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            raise MalformedError(f"assets.{place}", "This is no asset.") from error


def _prefer(user: User, wanted: dict[str, Any]) -> None:
    try:
        update_preferences(
            user=user, **{name: wanted[name] for name in _PREFERENCES if name in wanted}
        )
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise MalformedError(f"preferences.{name}", messages[0]) from error


def _portfolio(user: User, entry: dict[str, Any], at: str) -> Portfolio:
    return restore_portfolio(owner=user, document=entry, path=at)


def _list(user: User, entry: dict[str, Any], at: str) -> Watchlist:
    return restore_watchlist(owner=user, document=entry, path=at)


def _channels(user: User, document: Mapping[str, Any]) -> list[Channel | None]:
    """In their order. None: an address that this person has not confirmed, which is not told of
    alerts; a document from before there were channels in it has none.
    """
    if "alert_channels" not in document:
        return []
    return _each(document, "alert_channels", lambda one, at: _make_channel(user, one, at))


def _make_channel(user: User, entry: dict[str, Any], at: str) -> Channel | None:
    kind, address = part(entry, "kind", str, at), part(entry, "address", str, at)
    if kind == ChannelKind.EMAIL:
        address = address or user.email.lower()
    known = Channel.objects.filter(owner=user, kind=kind, address=address).first()
    if known is not None:
        return known
    enabled = part(entry, "enabled", bool, at)
    try:
        return create_channel(owner=user, kind=kind, address=address, enabled=enabled)
    except ValidationError as error:
        if "address" in error.message_dict:
            return None
        raise


def _heard_on(entry: dict[str, Any], channels: list[Channel | None], at: str) -> list[int] | None:
    """Ids of the rule's channels; None: the usual ones, where none of them came along."""
    if "channels" not in entry:
        return None
    places = part(entry, "channels", list, at)
    if not all(isinstance(place, int) and 0 <= place < len(channels) for place in places):
        raise MalformedError(f"{at}.channels", "Names a channel that is not in the document.")
    found = [channel.pk for place in places if (channel := channels[place]) is not None]
    return found if found or not places else None


def _make_rule(
    user: User,
    entry: dict[str, Any],
    ids: Mapping[str, int],
    channels: list[Channel | None],
    at: str,
) -> Rule:
    return create_rule(
        channels=_heard_on(entry, channels, at),
        owner=user,
        name=part(entry, "name", str, at),
        subject=part(entry, "subject", str, at),
        measure=part(entry, "measure", str, at),
        symbol=entry.get("symbol"),
        portfolio=_id(entry, ids, at),
        direction=part(entry, "direction", str, at),
        threshold=_decimal(entry, "threshold", at),
        hysteresis=float(_decimal(entry, "hysteresis", at)),
        cooldown=timedelta(seconds=int(_decimal(entry, "cooldown_seconds", at))),
        enabled=part(entry, "enabled", bool, at),
    )


def _make_limit(user: User, entry: dict[str, Any], ids: Mapping[str, int], at: str) -> Limit:
    return create_limit(
        owner=user,
        measure=part(entry, "measure", str, at),
        threshold=float(_decimal(entry, "threshold", at)),
        portfolio=_id(entry, ids, at),
        symbol=entry.get("symbol"),
        confidence=float(_decimal(entry, "confidence", at)),
        horizon=int(_decimal(entry, "horizon", at)),
        name=part(entry, "name", str, at),
        enabled=part(entry, "enabled", bool, at),
    )


def _id(entry: dict[str, Any], ids: Mapping[str, int], at: str) -> int | None:
    name = entry.get("portfolio")
    if name is None:
        return None
    if name not in ids:
        raise MalformedError(f"{at}.portfolio", "This portfolio is not in the document.")
    return ids[name]


def _decimal(entry: dict[str, Any], name: str, at: str) -> Decimal:
    try:
        found = Decimal(str(entry.get(name)))
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite() or abs(found) > Decimal(10) ** 20:
        raise MalformedError(f"{at}.{name}", "Enter a number.")
    return found
