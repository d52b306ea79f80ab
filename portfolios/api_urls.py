"""REST paths of portfolios, under `/api/`. A path answers with and without its final slash."""

from django.urls import URLPattern, path
from rest_framework.views import APIView

from portfolios.api import portfolios, sharing, transactions, wallets

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
    *both(f"{ONE}/", portfolios.PortfolioDetail, "api-portfolio"),
    *both(f"{ONE}/holdings", portfolios.Holdings, "api-portfolio-holdings"),
    *both(f"{ONE}/lots", portfolios.Lots, "api-portfolio-lots"),
    *both(f"{ONE}/performance", portfolios.Performance, "api-portfolio-performance"),
    *both(f"{ONE}/history", portfolios.History, "api-portfolio-history"),
    *both(f"{ONE}/transactions", transactions.TransactionList, "api-transactions"),
    *both(
        f"{ONE}/transactions/<int:transaction_id>",
        transactions.TransactionDetail,
        "api-transaction",
    ),
    *both(f"{ONE}/shares", sharing.ShareList, "api-portfolio-shares"),
    *both(f"{ONE}/shares/<int:share_id>", sharing.ShareDetail, "api-portfolio-share"),
    *both("shares/", sharing.MyShares, "api-shares"),
    *both("shares/<int:share_id>/accept", sharing.AcceptShare, "api-share-accept"),
    *both("shares/<int:share_id>/decline", sharing.DeclineShare, "api-share-decline"),
    *both("wallets/", wallets.WalletList, "api-wallets"),
    *both("wallets/<int:wallet_id>/", wallets.WalletDetail, "api-wallet"),
]
