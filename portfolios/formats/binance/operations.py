"""What Binance's words in the column `Operation` mean; compared without case."""

from __future__ import annotations

#: One leg is all: operation → type.
SIMPLE: dict[str, str] = {
    **dict.fromkeys(
        ("deposit", "fiat deposit", "crypto deposit", "buy crypto with fiat deposit"), "deposit"
    ),
    **dict.fromkeys(("withdraw", "fiat withdraw", "crypto withdrawal", "send"), "withdrawal"),
    **dict.fromkeys(
        (
            "simple earn flexible interest", "simple earn locked rewards", "staking rewards",
            "eth 2.0 staking rewards", "pos savings interest", "savings interest",
            "savings distribution", "pool distribution", "launchpool interest",
            "launchpool earnings withdrawal", "bnb vault rewards", "liquid swap rewards",
            "swap farming rewards", "dot slot auction rewards", "super bnb mining",
            "commission history", "commission rebate", "commission fee shared with you",
            "referrer rebates", "referral kickback", "referral commission", "cashback voucher",
            "cash voucher distribution", "campaign related reward", "card cashback",
            "rewards distribution", "distribution", "interest", "hodler airdrops distribution",
        ),
        "reward",
    ),
    **dict.fromkeys(
        ("airdrop assets", "simple earn flexible airdrop", "token swap - distribution"), "airdrop"
    ),
}  # fmt: skip
#: Legs of a trade, by the second.
TRADE = {
    "buy", "sell", "transaction related", "transaction buy", "transaction spend",
    "transaction sold", "transaction revenue", "binance convert", "convert", "large otc trading",
    "eth 2.0 staking", "stablecoins auto-conversion", "leverage token redemption", "buy crypto",
    "buy crypto with card", "auto-invest transaction", "swap farming transaction",
    "liquid swap sell", "token swap - redenomination/rebranding",
}  # fmt: skip
FEES = {"fee", "transaction fee"}
DUST = {"small assets exchange bnb"}
#: Between accounts at Binance: nothing is gained or given.
INTERNAL = {
    "transfer_out", "transfer_in", "savings purchase", "savings principal redemption",
    "pos savings purchase", "pos savings redemption", "staking purchase", "staking redemption",
    "simple earn flexible subscription", "simple earn flexible redemption",
    "simple earn locked subscription", "simple earn locked redemption",
    "launchpool subscription/redemption", "launchpad subscribe",
    "transfer between spot account and um futures account",
    "transfer between spot account and cm futures account",
    "transfer between main account/futures and margin account",
    "transfer between main and funding wallet", "main and funding account transfer",
    "transfer from main account/futures to margin account", "asset - transfer",
}  # fmt: skip
#: Accounts with borrowed money.
NOT_HERE = {
    "usdt-futures", "usd-mfutures", "usd-m futures", "coin-m futures", "isolated margin",
    "crossmargin", "cross margin",
}  # fmt: skip
KNOWN = SIMPLE.keys() | TRADE | FEES | DUST
