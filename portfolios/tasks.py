"""Work on a schedule."""

from __future__ import annotations

from smtplib import SMTPException

from celery import shared_task

from portfolios import services
from portfolios.services.invitations import mail_invitation_of


@shared_task(name="portfolios.tasks.refresh_wallets")
def refresh_wallets() -> int:
    """Read the balance of every address; returns how many could be read."""
    return services.refresh_wallets()


@shared_task(name="portfolios.tasks.value_day")
def value_day() -> int:
    """Close yesterday in every portfolio and look again for prices that were missing."""
    return services.value_all()


@shared_task(
    name="portfolios.tasks.mail_invitation",
    autoretry_for=(SMTPException, OSError),
    retry_backoff=True,
    max_retries=6,
)
def mail_invitation(share_id: int, link: str) -> bool:
    """Mail an invitation; False when it was taken back or answered meanwhile."""
    return mail_invitation_of(share_id, link)


@shared_task(name="portfolios.tasks.read_import")
def read_import(job_id: int) -> None:
    """Make the preview of an uploaded file."""
    services.read_import(job_id)


@shared_task(name="portfolios.tasks.write_import")
def write_import(job_id: int) -> None:
    """Add the ticked rows of a file to its ledger."""
    services.write_import(job_id)


@shared_task(name="portfolios.tasks.clear_imports")
def clear_imports() -> int:
    """Forget uploads and previews that are old; how many imports it concerned."""
    return sum(services.clear_imports())


@shared_task(name="portfolios.tasks.recalculate")
def recalculate(recalculation_id: int) -> bool:
    """Reckon a ledger with another basis; False: it was done, or somebody is at it."""
    return services.run_recalculation(recalculation_id)
