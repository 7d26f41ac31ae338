"""The dataset for models, cut from what is published: one version a change, and none that breaks a check.

A version is filled aside and moved to its place when all of its checks have passed. What takes something out removes all versions
before it, for they hold what is gone: somebody's withdrawn or forgotten words, or what reads otherwise now.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from cx_pipeline.ai import checks, dataset, tell, write
from cx_pipeline.ai.facts import CheckFact, Facts
from cx_pipeline.ai.papers import write_features, write_papers
from cx_pipeline.ai.versions import CHANGES, RECORDS, Number, changes, following, is_major, records, versions
from cx_pipeline.errors import AuditBlocked, ConfigError
from cx_pipeline.layout import OWNER_ONLY, READABLE, Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.files import scratch_folder, sweep
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.purpose_bound import permits_of
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.reader import open_read_only

MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
HISTORY = "history"


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


def build_dataset(settings: Settings, layout: Layout, run: Run, progress: Callable[[str], None] = lambda _: None) -> Dataset:
    """Cut the dataset from the published file, and keep it as a new version where anything changed.

    Raises:
        ConfigError: nothing is published yet.
        AuditBlocked: a check failed: nothing is kept, and when something had to be taken out, the old versions go all the same.
    """
    if not layout.published.exists():
        raise ConfigError("nothing is published yet", where=layout.published.name, next_step="cx-pipeline run")
    layout.ai.mkdir(mode=READABLE, parents=True, exist_ok=True)
    layout.ai.chmod(READABLE)
    sweep(layout.ai)
    before = next(iter(versions(layout.ai)), None)
    known = manifest(layout, before)
    with scratch_folder(layout.ai / "scratch") as scratch, scratch_folder(layout.ai / "next") as aside:
        cut = _cut(settings, layout, scratch, known.get("test_from"), progress)
        progress("writing the dataset")
        write.write(cut, aside)
        features = write_features(layout.published, aside, cut.people, cut.as_of)
        files = (*write.file_facts(aside), *features)
        old = _records_of(layout, before)
        now = records(aside)
        changed = changes(old, now, cut.reasons)
        shas = {file.name: file.sha256 for file in files}
        number = following(before, changed, other_files_differ=shas != known.get("sha256"))
        progress("checking the dataset")
        data, needles = _files_of(aside), known_people(layout)
        ran = (*_checks(settings, layout, aside), checks.check_leaks(data, needles, scratch))
        with open_read_only(layout.published) as connection:
            facts = tell.told(
                cut,
                connection,
                version=number or before or "",
                previous=before if number else _text(known.get("previous_version")),
                made_at=run.now_utc,
                run_id=run.run_id,
                files=files,
                checks=ran,
                drift=checks.split_drift(aside),
            )
        if number:
            write_papers(facts, aside, layout.published)
            papers = [file for file in _files_of(aside) if file not in data]
            ran = (*ran, *([_of_papers(checks.check_leaks(papers, needles, scratch))] if papers else []))
        if any(check.blocking and not check.passed for check in ran):
            if before is not None and is_major(changed):
                _remove_before(layout, versions(layout.ai))
            raise _blocked(ran)
        if number is None:
            return Dataset(before, False, layout.ai / str(before), ran, changed, facts)
        _seal(aside, facts, changed, ran, cut.test_from)
        _keep_history(layout, number, now, changed)
        aside.rename(layout.ai / number)
        durable.sync(layout.ai)
    superseded = versions(layout.ai)[1:]
    _remove_before(layout, superseded if is_major(changed) else superseded[settings.ai.keep_versions - 1 :])
    return Dataset(number, True, layout.ai / number, ran, changed, facts)


def manifest(layout: Layout, version: str | None) -> dict[str, object]:
    """What is noted of a version; nothing where there is none."""
    path = layout.ai / version / MANIFEST if version else None
    if path is None or not path.exists():
        return {}
    noted: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return noted


def history(layout: Layout, version: str) -> pl.DataFrame | None:
    """Rows of `versions.CHANGES`: what a version changed; None where nothing is known of it."""
    path = layout.ai / HISTORY / f"{version}.json"
    return pl.read_json(path, schema=CHANGES) if path.exists() else None


def told_versions(layout: Layout) -> list[str]:
    """Every version there ever was, oldest first, also those whose files are gone."""
    place = layout.ai / HISTORY
    numbers = [Number.of(path.stem) for path in place.glob("*.json")] if place.is_dir() else []
    return [str(number) for number in sorted(number for number in numbers if number)]


def _cut(settings: Settings, layout: Layout, scratch: Path, test_from: object, progress: Callable[[str], None]) -> dataset.Cut:
    permits = permits_of(layout.lake_clean / "tables", settings.consent)
    moment = datetime.fromisoformat(test_from) if isinstance(test_from, str) else None
    with open_read_only(layout.published) as connection:
        return dataset.cut(connection, permits, settings.ai, scratch, moment, progress)


def _files_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _of_papers(check: CheckFact) -> CheckFact:
    return replace(check, name=f"{check.name}_in_papers")


def _text(noted: object) -> str | None:
    return noted if isinstance(noted, str) else None


def _checks(settings: Settings, layout: Layout, folder: Path) -> tuple[CheckFact, ...]:
    return (
        *checks.check_splits(folder),
        *checks.check_files(folder),
        checks.check_consent(folder, layout.published, settings.ai.retrieval_purpose),
    )


def _blocked(ran: tuple[CheckFact, ...]) -> AuditBlocked:
    named = ", ".join(f"{check.name} {check.failed}" for check in ran if check.blocking and not check.passed)
    return AuditBlocked(
        f"the checks of the dataset forbid it: {named}",
        happened="no version was made; versions that hold what has to go were removed",
        next_step="cx-pipeline ai build, once the cause is found",
    )


def _seal(folder: Path, facts: Facts, changed: pl.DataFrame, ran: tuple[CheckFact, ...], test_from: datetime | None) -> None:
    """Write the manifest and, last, the checksums of every file."""
    noted = {
        "version": facts.version,
        "previous_version": facts.previous_version,
        "made_at": facts.made_at.isoformat(),
        "run_id": facts.run_id,
        "as_of": facts.as_of.isoformat(),
        "test_from": test_from.isoformat() if test_from else None,
        "sha256": {file.name: file.sha256 for file in facts.files},
        "splits": {split.name: split.examples for split in facts.splits},
        "withheld": [asdict(item) for item in facts.withheld],
        "changes": changed.to_dicts(),
        "checks": [asdict(check) for check in ran],
    }
    durable.write_text(folder / MANIFEST, json.dumps(noted, indent=2) + "\n")
    lines = [f"{durable.sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in _files_of(folder)]
    durable.write_text(folder / CHECKSUMS, "".join(lines))
    for path in (folder, *folder.rglob("*")):
        path.chmod(READABLE if path.is_dir() else 0o644)


def _records_of(layout: Layout, version: str | None) -> pl.DataFrame:
    path = layout.ai / HISTORY / f"{version}.parquet"
    return pl.read_parquet(path, glob=False) if version and path.exists() else pl.DataFrame(schema=RECORDS)


def _keep_history(layout: Layout, version: str, now: pl.DataFrame, changed: pl.DataFrame) -> None:
    place = layout.ai / HISTORY
    place.mkdir(mode=OWNER_ONLY, exist_ok=True)
    path = place / f"{version}.parquet"
    now.write_parquet(path, compression="zstd", compression_level=3)
    durable.sync(path)
    durable.write_text(place / f"{version}.json", changed.write_json() + "\n")


def _remove_before(layout: Layout, names: list[str]) -> None:
    """Remove versions with the digests of their records; what they changed stays told."""
    for name in names:
        shutil.rmtree(layout.ai / name)
        (layout.ai / HISTORY / f"{name}.parquet").unlink(missing_ok=True)
