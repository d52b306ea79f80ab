"""What the workers do for risk: five lines each, the work is in services."""

from __future__ import annotations

from celery import shared_task

from risk.services import evaluate_limits, runs, thin_forecasts, thin_snapshots


@shared_task(queue="maintenance")
def nightly() -> int:
    """Measure every portfolio as the closed day left it, and what earlier runs left undone; how
    many chunks were waiting.
    """
    thin_snapshots()
    thin_forecasts()
    runs.start()
    judge_limits.delay()
    return sum(resume(run_id) for run_id in runs.unfinished_runs())


@shared_task(queue="maintenance")
def resume(run_id: int) -> int:
    """One message for each waiting chunk; and a look after the lease of a killed worker lapsed."""
    waiting = runs.claimable(run_id)
    for _ in range(waiting):
        measure_next.delay(run_id)
    if not runs.finish(run_id):
        resume.apply_async([run_id], countdown=runs.LEASE.total_seconds())
    return waiting


@shared_task(queue="maintenance")
def measure_next(run_id: int) -> bool:
    return runs.measure_next(run_id)


@shared_task(queue="maintenance")
def judge_limits() -> int:
    """Judge every limit on the new day's closes; how many breaches opened or closed."""
    return len(evaluate_limits(None))
