"""The dataset for models: one version a change, and none that breaks a check.

A candidate is cut from the audited file before that is published, so that the file's own ledger can hold what the cut decided; it
becomes a version after the file was published. A run that is killed in between leaves the version before, and the next one, or
`cx-pipeline ai build`, cuts the same again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from cx_pipeline import faults
from cx_pipeline.ai import checks, dataset, drift, ledger, scorecard, tell, write
from cx_pipeline.ai.facts import CheckFact, Facts
from cx_pipeline.ai.papers import write_features, write_papers
from cx_pipeline.ai.readiness import FACTORS
from cx_pipeline.ai.versions import GONE, Number, changes, following, is_major, records, versions
from cx_pipeline.errors import AuditBlocked, ConfigError
from cx_pipeline.layout import OWNER_ONLY, READABLE, Layout
from cx_pipeline.quality.score import Score
from cx_pipeline.settings import Settings
from cx_pipeline.stages import ai_versions
from cx_pipeline.stages.ai_versions import files_of, manifest
from cx_pipeline.stages.files import scratch_folder, sweep
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.purpose_bound import permits_of
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.reader import open_read_only

_SENTIMENT = "sentiment.parquet"


@dataclass(frozen=True)
class Candidate:
    """A cut that may become a version.

    Attributes:
        before: the version that is in force.
        number: that it would have; None where nothing changed.
        folder: with all of its files, sealed where it has a number.
        checks: that ran over it.
        records: what is in it, as `versions.RECORDS`.
        changes: since the version before, as `versions.CHANGES`.
        decisions: rows for `quality.dedup_decisions`.
        withheld: rows for `quality.consent_withheld`.
        scores: of its readiness.
        facts: of the cut.
    """

    before: str | None
    number: str | None
    folder: Path
    checks: tuple[CheckFact, ...]
    records: pl.DataFrame
    changes: pl.DataFrame
    decisions: pl.DataFrame
    withheld: pl.DataFrame
    scores: tuple[Score, ...]
    facts: Facts

    @property
    def factors(self) -> dict[str, float | None]:
        """Readiness by factor, from 0 to 1; None where nothing of it could be measured."""
        return scorecard.factors(self.scores)

    @property
    def failed(self) -> list[CheckFact]:
        """Checks that forbid a version."""
        return [check for check in self.checks if check.blocking and not check.passed]


@dataclass(frozen=True)
class Dataset:
    """What a night made of the dataset.

    Attributes:
        version: that is in force; None where there is nothing that could be in one.
        is_new: whether tonight made it.
        folder: where it lies.
        checks: that ran over it tonight.
        changes: file, change, reason, records: since the version before.
        facts: of the cut that was looked at, whether or not it became a version.
    """

    version: str | None
    is_new: bool
    folder: Path | None
    checks: tuple[CheckFact, ...]
    changes: pl.DataFrame
    facts: Facts


def build_dataset(
    settings: Settings,
    layout: Layout,
    run: Run,
    progress: Callable[[str], None] = lambda _: None,
    *,
    gone: str = GONE,
    is_of_this_run: bool = False,
) -> Dataset:
    """Cut the dataset from the published file, and keep it as a new version where anything changed.

    Args:
        settings: of the dataset and of consent.
        layout: of the data folder, which is held.
        run: that cuts it.
        progress: is told what is being done.
        gone: why a record is gone that is not published any more.
        is_of_this_run: the run that published the file is the one that cuts.

    Raises:
        ConfigError: nothing is published yet.
        AuditBlocked: a check failed: nothing is kept, and when something had to be taken out, the old versions go all the same.
    """
    if not layout.published.exists():
        raise ConfigError("nothing is published yet", where=layout.published.name, next_step="cx-pipeline run")
    made = prepare(settings, layout, run, layout.published, progress, gone=gone)
    return promote(settings, layout, made, is_of_this_run=is_of_this_run)


def prepare(
    settings: Settings,
    layout: Layout,
    run: Run,
    source: Path,
    progress: Callable[[str], None] = lambda _: None,
    *,
    gone: str = GONE,
) -> Candidate:
    """Cut and check a candidate; what it holds lies aside until `promote`, or until a later run sweeps it away.

    Args:
        settings: of the dataset and of consent.
        layout: of the data folder, which is held.
        run: that cuts it.
        source: the published file, or a staged one that passed its audit and holds its outcome.
        progress: is told what is being done.
        gone: why a record is gone that is not in the file any more.
    """
    layout.ai.mkdir(mode=READABLE, parents=True, exist_ok=True)
    layout.ai.chmod(READABLE)
    sweep(layout.ai)
    before = ai_versions.newest(layout)
    known = manifest(layout, before)
    aside = layout.ai / f".next-{run.run_id}.tmp"
    aside.mkdir(mode=OWNER_ONLY)
    with scratch_folder(layout.ai / "scratch") as scratch:
        cut = _cut(settings, layout, source, scratch, known.get("test_from"), progress)
        progress("writing the dataset")
        write.write(cut, aside)
        features = write_features(source, aside, cut.people, cut.as_of, _sentiment(layout))
        files = (*write.file_facts(aside), *features)
        now = records(aside)
        changed = changes(ai_versions.records_of(layout, before), now, cut.reasons, gone)
        shas = {file.name: file.sha256 for file in files}
        number = _number(layout, before, changed, other_files_differ=shas != known.get("sha256"))
        progress("checking the dataset")
        data, needles = files_of(aside), known_people(layout)
        ran = (*_checks(settings, source, aside), checks.check_leaks(data, needles, scratch))
        with open_read_only(source) as connection:
            facts = tell.told(
                cut,
                connection,
                version=number or before or "",
                previous=before if number else known.get("previous_version"),
                made_at=run.now_utc,
                run_id=run.run_id,
                files=files,
                checks=ran,
                drift=drift.split_drift(aside),
                since=drift.version_drift(layout.ai / before, aside) if before else (),
                changes=changed,
            )
        card = scorecard.make(facts, source)
        if number:
            write_papers(facts, aside, card)
            papers = [file for file in files_of(aside) if file not in data]
            ran = (*ran, _of_papers(checks.check_leaks(papers, needles, scratch)))
            ai_versions.seal(aside, _noted(facts, changed, ran, cut.test_from))
    return Candidate(
        before,
        number,
        aside,
        ran,
        now,
        changed,
        ledger.decisions(cut.duplicates),
        ledger.withheld(cut.consents),
        tuple(scorecard.scores(card)),
        facts,
    )


def promote(settings: Settings, layout: Layout, made: Candidate, *, is_of_this_run: bool = True) -> Dataset:
    """Make a version of a candidate that passed its checks and agrees with the ledger of the published file.

    Raises:
        AuditBlocked: a check failed: nothing is kept, and when something had to be taken out, the old versions go all the same.
    """
    with open_read_only(layout.published) as connection:
        agrees = ledger.check_ledger(made.folder, made.facts.withheld, connection, is_of_this_run=is_of_this_run)
    made = replace(made, checks=(*made.checks, agrees))
    if made.failed:
        shutil.rmtree(made.folder)
        if made.before is not None and is_major(made.changes):
            ai_versions.remove(layout, versions(layout.ai))
        raise _blocked(made.failed)
    faults.point("dataset.before_version")
    if made.number is not None:
        ai_versions.keep(layout, made.folder, made.number, made.records, made.changes, _figures(made))
        faults.point("dataset.after_version")
    else:
        shutil.rmtree(made.folder)
    ai_versions.settle(layout, settings.ai.keep_versions)
    version = made.number or made.before
    folder = layout.ai / version if version else None
    return Dataset(version, made.number is not None, folder, made.checks, made.changes, made.facts)


def _cut(
    settings: Settings, layout: Layout, source: Path, scratch: Path, test_from: object, progress: Callable[[str], None]
) -> dataset.Cut:
    permits = permits_of(layout.lake_clean / "tables", settings.consent)
    moment = datetime.fromisoformat(test_from) if isinstance(test_from, str) else None
    with open_read_only(source) as connection:
        return dataset.cut(connection, permits, settings.ai, scratch, moment, progress)


def _sentiment(layout: Layout) -> Path:
    """Where sentiment is kept by the hash of its text; there are no texts in it."""
    place = layout.state / "ai"
    place.mkdir(mode=OWNER_ONLY, exist_ok=True)
    return place / _SENTIMENT


def _figures(made: Candidate) -> dict[str, object]:
    """What is told of a version for good: numbers alone."""
    return {
        "made_at": made.facts.made_at.isoformat(),
        "factors": {factor: made.factors.get(factor) for factor in FACTORS},
        "rows": {file.name: file.rows for file in made.facts.files},
        "shifted": [
            {"file": item.file, "column": item.column, "index": item.index} for item in made.facts.since if item.is_shift
        ],
    }


def _number(layout: Layout, before: str | None, changed: pl.DataFrame, *, other_files_differ: bool) -> str | None:
    """The number that follows; where the versions before had to go, whoever built on one must build anew."""
    last = ai_versions.last_number(layout)
    if before is None and last is not None:
        return str(Number(last.major + 1, 0, 0))
    return following(before, changed, other_files_differ=other_files_differ)


def _of_papers(check: CheckFact) -> CheckFact:
    return replace(check, name=f"{check.name}_in_papers")


def _checks(settings: Settings, source: Path, folder: Path) -> tuple[CheckFact, ...]:
    return (
        *checks.check_splits(folder),
        *checks.check_files(folder),
        checks.check_consent(folder, source, settings.ai.retrieval_purpose),
    )


def _blocked(failed: list[CheckFact]) -> AuditBlocked:
    named = ", ".join(f"{check.name} {check.failed}" for check in failed)
    return AuditBlocked(
        f"the checks of the dataset forbid it: {named}",
        happened="no version was made; versions that hold what has to go were removed",
        next_step="cx-pipeline ai build, once the cause is found",
    )


def _noted(facts: Facts, changed: pl.DataFrame, ran: tuple[CheckFact, ...], test_from: datetime | None) -> dict[str, object]:
    return {
        "version": facts.version,
        "previous_version": facts.previous_version,
        "made_at": facts.made_at.isoformat(),
        "run_id": facts.run_id,
        "as_of": facts.as_of.isoformat(),
        "test_from": test_from.isoformat() if test_from else None,
        "sha256": {file.name: file.sha256 for file in facts.files},
        "splits": {split.name: split.examples for split in facts.splits},
        "withheld": [asdict(item) for item in facts.withheld],
        "duplicates": [asdict(item) for item in facts.duplicates],
        "changes": changed.to_dicts(),
        "checks": [asdict(check) for check in ran],
    }
