"""Assets, venues and markets come into being when somebody names them."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from markets import known
from markets.models import Asset, AssetKind, Market, Venue


def ensure_asset(symbol: str, name: str = "", kind: str | None = None) -> Asset:
    """The asset of this symbol (upper-cased), made when it is new.

    Name and kind of a new asset are those given, else those known of it, else the symbol and a
    coin. An existing asset is never changed. ValidationError on a symbol that cannot be one.
    """
    symbol = symbol.strip().upper()
    found = Asset.objects.filter(symbol=symbol).first()
    if found is not None:
        return found
    table = known.ASSETS.get(symbol, known.Known(symbol, ""))
    asset = Asset(
        symbol=symbol,
        name=name or table.name,
        kind=AssetKind(kind or table.kind),
        coingecko_id=table.coingecko_id,
    )
    try:
        asset.full_clean(validate_unique=False)
    except ValidationError as error:
        raise ValidationError({"symbol": f"{symbol!r} is no asset symbol."}) from error
    return Asset.objects.get_or_create(symbol=symbol, defaults=_defaults(asset))[0]


def _defaults(asset: Asset) -> dict[str, str]:
    return {"name": asset.name, "kind": asset.kind, "coingecko_id": asset.coingecko_id}


def ensure_venue(slug: str) -> Venue:
    """The venue of this slug; a new one is real unless it is known to be simulated."""
    table = known.VENUES.get(slug, known.VenueName(slug.replace("-", " ").title()))
    return Venue.objects.get_or_create(
        slug=slug, defaults={"name": table.name, "is_simulated": table.is_simulated}
    )[0]


def ensure_market(venue: Venue, symbol: str, base: Asset | str, quote: Asset | str) -> Market:
    """The pair ``symbol`` (the venue's own word) at ``venue``, made with its assets when new."""
    found = Market.objects.filter(venue=venue, symbol=symbol).first()
    if found is not None:
        return found
    defaults = {
        "base": base if isinstance(base, Asset) else ensure_asset(base),
        "quote": quote if isinstance(quote, Asset) else ensure_asset(quote),
    }
    return Market.objects.get_or_create(venue=venue, symbol=symbol, defaults=defaults)[0]
