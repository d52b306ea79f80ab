"""REST paths of portfolios, under `/api/`. A path answers with and without its final slash."""

from django.urls import URLPattern, path
from rest_framework.views import APIView

from portfolios.api import (
    attention,
    basis,
    exports,
    imports,
    performance,
    portfolios,
    records,
    sharing,
    targets,
    transactions,
    wallets,
    watchlists,
)

ONE = "portfolios/<int:portfolio_id>"


def both(route: str, view: type[APIView], name: str) -> list[URLPattern]:
    """`route` as documented, and its other spelling, which the schema leaves out."""
    other = route.removesuffix("/") if route.endswith("/") else f"{route}/"
    return [
        path(route, view.as_view(), name=name),
        path(other, view.as_view(schema=None), name=f"{name}-other"),
    ]


urlpatterns = [
    *both("portfolios/", portfolios.PortfolioList, "api-portfolios"),
    *both("portfolios/performance", performance.PerformanceTogether, "api-performance"),
    *both("portfolios/returns", performance.ReturnsTogether, "api-returns"),
    *both("portfolios/contributions", performance.ContributionsTogether, "api-contributions"),
    *both("portfolios/benchmark", performance.BenchmarkTogether, "api-benchmark"),
    *both(f"{ONE}/", portfolios.PortfolioDetail, "api-portfolio"),
    *both(f"{ONE}/holdings", portfolios.Holdings, "api-portfolio-holdings"),
    *both(f"{ONE}/lots", portfolios.Lots, "api-portfolio-lots"),
    *both(f"{ONE}/disposals", records.Disposals, "api-portfolio-disposals"),
    *both(f"{ONE}/changes", records.Changes, "api-portfolio-changes"),
    *both(f"{ONE}/changes/<int:change_id>/undo", records.UndoChange, "api-portfolio-change-undo"),
    *both(f"{ONE}/basis", basis.Basis, "api-portfolio-basis"),
    *both(f"{ONE}/recalculations", basis.Recalculations, "api-portfolio-recalculations"),
    *both(
        f"{ONE}/transactions/<int:transaction_id>/lots",
        basis.TransactionLots,
        "api-transaction-lots",
    ),
    *both(f"{ONE}/performance", performance.Performance, "api-portfolio-performance"),
    *both(f"{ONE}/returns", performance.Returns, "api-portfolio-returns"),
    *both(f"{ONE}/contributions", performance.ContributionList, "api-portfolio-contributions"),
    *both(f"{ONE}/benchmark", performance.Benchmark, "api-portfolio-benchmark"),
    *both(f"{ONE}/history", portfolios.History, "api-portfolio-history"),
    *both(f"{ONE}/transactions", transactions.TransactionList, "api-transactions"),
    *both(
        f"{ONE}/transactions/<int:transaction_id>",
        transactions.TransactionDetail,
        "api-transaction",
    ),
    *both(f"{ONE}/shares", sharing.ShareList, "api-portfolio-shares"),
    *both(f"{ONE}/shares/<int:share_id>", sharing.ShareDetail, "api-portfolio-share"),
    *both(f"{ONE}/attention", attention.Attention, "api-portfolio-attention"),
    *both(f"{ONE}/targets", targets.Targets, "api-portfolio-targets"),
    *both(f"{ONE}/rebalance", targets.Rebalance, "api-portfolio-rebalance"),
    *both(f"{ONE}/import", imports.Import, "api-portfolio-import"),
    *both(f"{ONE}/imports", imports.ImportList, "api-portfolio-imports"),
    *both(f"{ONE}/imports/<int:job_id>", imports.ImportDetail, "api-import"),
    *both(f"{ONE}/imports/<int:job_id>/rows", imports.ImportRows, "api-import-rows"),
    *both(f"{ONE}/imports/<int:job_id>/commit", imports.ImportCommit, "api-import-commit"),
    *both(f"{ONE}/imports/<int:job_id>/undo", imports.ImportUndo, "api-import-undo"),
    *both(f"{ONE}/export", exports.Export, "api-portfolio-export"),
    *both(f"{ONE}/gains", exports.Gains, "api-portfolio-gains"),
    *both("shares/", sharing.MyShares, "api-shares"),
    *both("shares/<int:share_id>/accept", sharing.AcceptShare, "api-share-accept"),
    *both("shares/<int:share_id>/decline", sharing.DeclineShare, "api-share-decline"),
    *both("wallets/", wallets.WalletList, "api-wallets"),
    *both("wallets/<int:wallet_id>/", wallets.WalletDetail, "api-wallet"),
    *both("watchlists/", watchlists.WatchlistList, "api-watchlists"),
    *both("watchlists/<int:watchlist_id>/", watchlists.WatchlistDetail, "api-watchlist"),
    *both("watchlists/<int:watchlist_id>/items", watchlists.WatchlistItems, "api-watchlist-items"),
    *both(
        "watchlists/<int:watchlist_id>/items/<str:symbol>",
        watchlists.WatchlistItemDetail,
        "api-watchlist-item",
    ),
]
