"""Release: what passed its audit becomes what analysts read."""

from __future__ import annotations

from collections.abc import Iterable

from cx_pipeline import faults
from cx_pipeline.errors import AuditBlocked
from cx_pipeline.identity import store
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.layout import Layout
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.quality.score import Score
from cx_pipeline.settings import Settings
from cx_pipeline.stages.ai_dataset import Candidate
from cx_pipeline.stages.build import add_checks, add_dataset, add_scores
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.publish import Published, publish
from cx_pipeline.warehouse.reader import open_read_only
from cx_pipeline.warehouse.versions import versions


def published_run(layout: Layout) -> str | None:
    """The run that built the published file; None before the first."""
    if not layout.published.exists():
        return None
    with open_read_only(layout.published) as connection:
        row = connection.execute("SELECT run_id FROM quality.runs").fetchone()
    return str(row[0]) if row else None


def registry_in_force(layout: Layout) -> Assignment:
    return store.load(layout.state / "registry", published_run(layout))


def keep_registry(layout: Layout, run: Run, registry: Assignment) -> None:
    """Written before publishing; in force only once the file of this run is the published one."""
    store.save(layout.state / "registry", run.run_id, registry)
    faults.point("release.after_registry")


def audited(built: Built, results: Iterable[CheckResult], scores: Iterable[Score] = ()) -> Built:
    """The staged file with the outcome of its audit in it, unless that forbids publishing.

    Raises:
        AuditBlocked: naming the critical checks that failed or could not run; the published file stays as it was.
    """
    results = list(results)
    blocking = [item for item in results if item.blocks]
    if blocking or not results:
        named = ", ".join(f"{item.table}: {item.name} {item.status}" for item in blocking[:10]) or "no check was run"
        raise AuditBlocked(
            f"the audit blocks publishing: {named}",
            happened="the published file stays as it was; the staged file is kept until the next run",
            next_step="cx-pipeline status, and the data docs under reports/",
        )
    checked = add_scores(add_checks(built, results), scores)
    faults.point("release.after_checks")
    return checked


def release(
    built: Built,
    results: Iterable[CheckResult],
    settings: Settings,
    layout: Layout,
    run: Run,
    scores: Iterable[Score] = (),
    dataset: Candidate | None = None,
) -> Published:
    """Publish a staged file, unless its audit forbids it.

    Args:
        built: the staged file.
        results: outcome of its audit.
        settings: how many versions are kept.
        layout: of the data folder, which is held.
        run: that built it.
        scores: figures of the audit.
        dataset: was cut from the file; its ledger goes into it where the dataset passed its checks.

    Raises:
        AuditBlocked: naming the critical checks that failed or could not run; the published file stays as it was.
    """
    whole = audited(built, results, scores)
    if dataset is not None and not dataset.failed:
        whole = add_scores(add_dataset(whole, dataset.decisions, dataset.withheld), dataset.scores)
        faults.point("release.after_dataset")
    done = publish(whole, layout, now=run.now, keep=settings.keep_versions)
    # The clean tables may be of an earlier run than the file, where somebody had only what follows them made.
    kept = {version.run_id for version in versions(layout)} | {published_run(layout) or run.run_id}
    store.prune(layout.state / "registry", kept)
    return done
