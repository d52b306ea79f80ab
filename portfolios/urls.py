"""Pages of the ledger."""

from django.urls import path

from portfolios.views import (
    asset,
    attention,
    basis,
    changes,
    editing,
    imports,
    ledger,
    pages,
    reports,
    returns,
    sharing,
    targets,
    trails,
    transactions,
    watchlists,
)

_ONE = "portfolios/<int:portfolio_id>/"
_JOB = f"{_ONE}imports/<int:job_id>/"
_ROW = f"{_ONE}transactions/<int:transaction_id>/"

urlpatterns = [
    path("portfolios/new/", editing.portfolio_new, name="portfolio-new"),
    path(
        "portfolios/transactions/new/", transactions.transaction_new_any, name="transaction-new-any"
    ),
    path("portfolios/returns/", returns.returns_together, name="returns"),
    path(_ONE, pages.portfolio_detail, name="portfolio-detail"),
    path(f"{_ONE}edit/", editing.portfolio_edit, name="portfolio-edit"),
    path(f"{_ONE}delete/", editing.portfolio_delete, name="portfolio-delete"),
    path(f"{_ONE}basis/", basis.portfolio_basis, name="portfolio-basis"),
    path(f"{_ONE}basis/progress/", basis.basis_progress, name="portfolio-basis-progress"),
    path(f"{_ONE}attention/", attention.portfolio_attention, name="portfolio-attention"),
    path(f"{_ONE}targets/", targets.portfolio_targets, name="portfolio-targets"),
    path(f"{_ONE}import/", imports.portfolio_import, name="portfolio-import"),
    path(f"{_JOB}", imports.import_job, name="import-job"),
    path(f"{_JOB}rows/", imports.import_rows, name="import-rows"),
    path(f"{_JOB}mapping/", imports.import_mapping, name="import-mapping"),
    path(f"{_JOB}commit/", imports.import_commit, name="import-commit"),
    path(f"{_JOB}undo/", imports.import_undo, name="import-undo"),
    path(f"{_JOB}discard/", imports.import_discard, name="import-discard"),
    path(f"{_ONE}returns/", returns.portfolio_returns, name="portfolio-returns"),
    path(f"{_ONE}reports/", reports.portfolio_reports, name="portfolio-reports"),
    path(f"{_ONE}reports/print/", reports.gains_report, name="portfolio-gains-report"),
    path(f"{_ONE}reports/gains.csv", reports.gains_csv, name="portfolio-gains-csv"),
    path(f"{_ONE}sharing/", sharing.portfolio_sharing, name="portfolio-sharing"),
    path(f"{_ONE}sharing/<int:share_id>/", sharing.share_change, name="share-change"),
    path(
        "portfolios/invitations/<int:share_id>/",
        sharing.invitation_answer,
        name="invitation-answer",
    ),
    path(f"{_ONE}assets/<str:symbol>/", asset.portfolio_asset, name="portfolio-asset"),
    path(f"{_ONE}trail/<str:figure>/", trails.portfolio_trail, name="portfolio-trail"),
    path(f"{_ONE}transactions/", ledger.portfolio_ledger, name="portfolio-ledger"),
    path(f"{_ONE}changes/", changes.portfolio_changes, name="portfolio-changes"),
    path(f"{_ONE}changes/<int:change_id>/undo/", changes.change_undo, name="change-undo"),
    path(f"{_ONE}price/", transactions.suggestion, name="portfolio-price"),
    path(f"{_ONE}transactions/new/", transactions.transaction_new, name="transaction-new"),
    path(f"{_ROW}", trails.transaction_trail, name="transaction-trail"),
    path(f"{_ROW}copy/", transactions.transaction_copy, name="transaction-copy"),
    path(f"{_ROW}edit/", transactions.transaction_edit, name="transaction-edit"),
    path(f"{_ROW}lots/", basis.transaction_lots, name="transaction-lots"),
    path(f"{_ROW}delete/", transactions.transaction_delete, name="transaction-delete"),
    path("watchlists/", watchlists.watchlists, name="watchlists"),
    path("watchlists/<int:watchlist_id>/", watchlists.watchlist_change, name="watchlist-change"),
    path(
        "watchlists/<int:watchlist_id>/<str:symbol>/",
        watchlists.watched_change,
        name="watched-change",
    ),
    path("watchlists/watch/<str:symbol>/", watchlists.watch_toggle, name="watch-toggle"),
]
