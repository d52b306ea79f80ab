"""Names of columns and of types of transactions, as other programs write them."""

from __future__ import annotations

#: Field → names that columns of it have, compared without case, spaces and marks.
FIELDS: dict[str, tuple[str, ...]] = {
    "executed_at": ("executed_at", "date", "datetime", "timestamp", "date(utc)", "utc_time",
                    "created at", "trade date", "transaction date", "datum", "date et heure",
                    "zeitpunkt", "date & time"),
    "time": ("time", "uhrzeit", "heure", "hour"),
    "type": ("type", "transaction type", "side", "action", "operation", "kind", "typ", "art",
             "vorgang", "category", "sens"),
    "symbol": ("symbol", "asset", "coin", "currency code", "ticker", "pair", "market", "base",
               "base asset", "crypto", "instrument", "waehrung coin", "actif"),
    "quantity": ("quantity", "amount", "units", "volume", "vol", "size", "executed", "menge",
                 "anzahl", "quantite", "quantité", "shares", "base amount"),
    "price": ("price", "unit price", "rate", "price per unit", "spot price", "kurs", "preis",
              "prix", "cours"),
    "total": ("total", "cost", "value", "subtotal", "proceeds", "quote amount", "gesamt", "betrag",
              "summe", "montant"),
    "currency": ("currency", "price currency", "quote", "quote asset", "quote currency",
                 "waehrung", "währung", "devise", "fiat"),
    "fee": ("fee", "fees", "commission", "gebuehr", "gebühr", "gebühren", "frais",
            "trading fee"),
    "fee_symbol": ("fee_symbol", "fee coin", "fee currency", "fee asset", "commission asset",
                   "gebuehr waehrung", "gebührenwährung"),
    "to_symbol": ("to_symbol", "to asset", "received asset", "to coin", "received currency"),
    "to_quantity": ("to_quantity", "to amount", "received amount", "received quantity"),
    "location": ("location", "exchange", "wallet", "account", "venue", "platform", "boerse",
                 "börse", "konto", "plateforme"),
    "to_location": ("to_location", "to wallet", "destination", "to account"),
    "external_id": ("external_id", "id", "transaction id", "txid", "trade id", "tx id",
                    "order id", "reference"),
    "note": ("note", "notes", "comment", "remark", "description", "notiz", "kommentar",
             "bemerkung", "label"),
}  # fmt: skip
#: What no row can do without; a type may also follow from signs or be the same for all rows.
REQUIRED = ("executed_at", "symbol", "quantity")

#: Word → type of a transaction.
TYPES: dict[str, str] = {
    word: kind
    for kind, words in {
        "buy": "buy bought purchase kauf achat b",
        "sell": "sell sold sale verkauf vente s",
        "swap": "swap trade exchange convert conversion tausch échange",
        "deposit": "deposit receive received in incoming einzahlung eingang dépôt depot",
        "withdrawal": "withdrawal withdraw send sent out outgoing auszahlung ausgang retrait",
        "transfer": "transfer move umbuchung übertrag transfert",
        "fee": "fee commission gebühr gebuehr frais",
        "interest": "interest_paid margin_interest zinsaufwand",
        "reward": "reward staking interest earn income mining cashback bonus dividend zinsen "
        "belohnung intérêts récompense",
        "airdrop": "airdrop",
        "fork": "fork hardfork",
        "gift_in": "gift_in gift_received geschenk_erhalten",
        "gift_out": "gift_out gift gift_sent donation donate schenkung spende don",
        "lost": "lost loss stolen theft verlust perte",
    }.items()
    for word in words.split()
}
