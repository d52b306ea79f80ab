"""Names and kinds of the assets that people hold most; no Django.

CoinGecko's ids stand here because symbols are not unique there. An asset that is not in the table
works as well: it is a coin whose name is its symbol until somebody names it in the admin.
"""

from typing import Final, NamedTuple


class Known(NamedTuple):
    """``kind`` is a value of :class:`markets.models.AssetKind`."""

    name: str
    coingecko_id: str
    kind: str = "coin"


_COINS: Final = {
    "AAVE": ("Aave", "aave"),
    "ADA": ("Cardano", "cardano"),
    "ALGO": ("Algorand", "algorand"),
    "ALICE": ("My Neighbor Alice", "my-neighbor-alice"),
    "APT": ("Aptos", "aptos"),
    "ARB": ("Arbitrum", "arbitrum"),
    "ATOM": ("Cosmos Hub", "cosmos"),
    "AVAX": ("Avalanche", "avalanche-2"),
    "AXS": ("Axie Infinity", "axie-infinity"),
    "BCH": ("Bitcoin Cash", "bitcoin-cash"),
    "BNB": ("BNB", "binancecoin"),
    "BTC": ("Bitcoin", "bitcoin"),
    "C98": ("Coin98", "coin98"),
    "CELR": ("Celer Network", "celer-network"),
    "CHZ": ("Chiliz", "chiliz"),
    "COMP": ("Compound", "compound-governance-token"),
    "CRV": ("Curve DAO", "curve-dao-token"),
    "DASH": ("Dash", "dash"),
    "DOGE": ("Dogecoin", "dogecoin"),
    "DOT": ("Polkadot", "polkadot"),
    "DYDX": ("dYdX", "dydx-chain"),
    "ENJ": ("Enjin Coin", "enjincoin"),
    "ENS": ("Ethereum Name Service", "ethereum-name-service"),
    "ETC": ("Ethereum Classic", "ethereum-classic"),
    "ETH": ("Ethereum", "ethereum"),
    "FIL": ("Filecoin", "filecoin"),
    "GALA": ("Gala", "gala"),
    "HBAR": ("Hedera", "hedera-hashgraph"),
    "ICP": ("Internet Computer", "internet-computer"),
    "INJ": ("Injective", "injective-protocol"),
    "IOST": ("IOST", "iostoken"),
    "IOTX": ("IoTeX", "iotex"),
    "KSM": ("Kusama", "kusama"),
    "LINK": ("Chainlink", "chainlink"),
    "LRC": ("Loopring", "loopring"),
    "LTC": ("Litecoin", "litecoin"),
    "MANA": ("Decentraland", "decentraland"),
    "MKR": ("Maker", "maker"),
    "NEAR": ("NEAR Protocol", "near"),
    "ONE": ("Harmony", "harmony"),
    "OP": ("Optimism", "optimism"),
    "PEPE": ("Pepe", "pepe"),
    "SAND": ("The Sandbox", "the-sandbox"),
    "SHIB": ("Shiba Inu", "shiba-inu"),
    "SHIB1000": ("Shiba Inu (1,000 coins)", ""),
    "SOL": ("Solana", "solana"),
    "SUI": ("Sui", "sui"),
    "THETA": ("Theta Network", "theta-token"),
    "TON": ("Toncoin", "the-open-network"),
    "TRX": ("TRON", "tron"),
    "UNI": ("Uniswap", "uniswap"),
    "VET": ("VeChain", "vechain"),
    "WLD": ("Worldcoin", "worldcoin-wld"),
    "WOO": ("WOO", "woo-network"),
    "XLM": ("Stellar", "stellar"),
    "XRP": ("XRP", "ripple"),
    "XTZ": ("Tezos", "tezos"),
}
_STABLECOINS: Final = {
    "USDT": ("Tether", "tether"),
    "USDC": ("USDC", "usd-coin"),
    "DAI": ("Dai", "dai"),
    "FDUSD": ("First Digital USD", "first-digital-usd"),
    "TUSD": ("TrueUSD", "true-usd"),
    "BUSD": ("Binance USD", "binance-usd"),
    "PYUSD": ("PayPal USD", "paypal-usd"),
    "EURC": ("EURC", "euro-coin"),
}
_FIAT: Final = {
    "USD": "US dollar",
    "EUR": "Euro",
    "GBP": "Pound sterling",
    "CHF": "Swiss franc",
}
#: What the European Central Bank tells a rate of; nothing is quoted in these.
_MORE_FIAT: Final = {
    "AUD": "Australian dollar",
    "BRL": "Brazilian real",
    "CAD": "Canadian dollar",
    "CNY": "Chinese yuan",
    "CZK": "Czech koruna",
    "DKK": "Danish krone",
    "HKD": "Hong Kong dollar",
    "HUF": "Hungarian forint",
    "IDR": "Indonesian rupiah",
    "ILS": "Israeli shekel",
    "INR": "Indian rupee",
    "ISK": "Icelandic krona",
    "JPY": "Japanese yen",
    "KRW": "South Korean won",
    "MXN": "Mexican peso",
    "MYR": "Malaysian ringgit",
    "NOK": "Norwegian krone",
    "NZD": "New Zealand dollar",
    "PHP": "Philippine peso",
    "PLN": "Polish zloty",
    "RON": "Romanian leu",
    "SEK": "Swedish krona",
    "SGD": "Singapore dollar",
    "THB": "Thai baht",
    "TRY": "Turkish lira",
    "ZAR": "South African rand",
}

ASSETS: Final[dict[str, Known]] = {
    **{symbol: Known(name, key) for symbol, (name, key) in _COINS.items()},
    **{symbol: Known(name, key, "stablecoin") for symbol, (name, key) in _STABLECOINS.items()},
    **{symbol: Known(name, "", "fiat") for symbol, name in {**_FIAT, **_MORE_FIAT}.items()},
}
#: Currencies whose rates the central bank tells against the euro; without the dollar.
CURRENCIES: Final = frozenset({*_FIAT, *_MORE_FIAT} - {"USD"})

#: Pairs end in one of these. Tried longest first, so that BTCFDUSD is not BTCFD against USD.
QUOTES: Final = tuple(
    sorted((*_STABLECOINS, *_FIAT, "BTC", "ETH", "BNB", "TRY", "JPY", "BRL"), key=len, reverse=True)
)


class VenueName(NamedTuple):
    name: str
    is_simulated: bool = False


VENUES: Final[dict[str, VenueName]] = {
    "binance": VenueName("Binance"),
    "coinbase": VenueName("Coinbase"),
    "coingecko": VenueName("CoinGecko"),
    "simulated": VenueName("Simulated exchange", is_simulated=True),
    "import": VenueName("Imported history"),
    "ecb": VenueName("European Central Bank"),
}


def split_pair(pair: str) -> tuple[str, str]:
    """Base and quote of ``BTCUSDT``, ``BTC-USD`` or ``BTC/USD``; a bare ``BTC`` is against USD.

    Where several splits are possible (ARBUSD), one whose base is known comes first.

    Raises ValueError for what is no pair of letters, digits, dots and one separator.
    """
    pair = pair.strip().upper()
    for separator in ("/", "-", "_"):
        base, found, quote = pair.partition(separator)
        if found:
            return _checked(pair, base, quote)
    splits = [
        (pair.removesuffix(quote), quote)
        for quote in QUOTES
        if pair.endswith(quote) and len(pair) > len(quote)
    ]
    known = [split for split in splits if split[0] in ASSETS and split[0] != "USD"]
    base, quote = next(iter(known or splits), (pair, "USD"))
    return _checked(pair, base, quote)


def _checked(pair: str, base: str, quote: str) -> tuple[str, str]:
    for part in (base, quote):
        if not part or len(part) > 20 or not part.replace(".", "").isalnum() or not part.isascii():
            raise ValueError(f"{pair!r} is no symbol: letters and digits, at most 20 each side")
    return base, quote
