"""The dataset for models: cut from the audited file, so that the ledger can tell of it, and a version once that is published."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.names import AI_CANDIDATE, AI_DATASET, OWNERS, PUBLISHED, STAGED, WRITER_POOL
from assets.resources import Pipeline
from cx_pipeline.ai.checks import NAMES
from cx_pipeline.ai.ledger import AGREES
from cx_pipeline.stages import ai_journal, journal
from cx_pipeline.stages.ai_dataset import Candidate, build_dataset, prepare, promote
from cx_pipeline.stages.ai_trend import READINESS, Trend, trend
from cx_pipeline.stages.release import audited


@dg.asset(
    key=AI_CANDIDATE,
    deps=[STAGED],
    group_name="ai",
    owners=OWNERS,
    kinds={"parquet", "polars"},
    pool=WRITER_POOL,
    description="The next version of the dataset, cut from the audited file and checked; the ledger is told what it leaves out.",
)
def ai_candidate(pipeline: Pipeline) -> dg.MaterializeResult[None]:
    """Cut the dataset aside; a check of it that fails stops no publishing, but makes no version."""
    layout, run = pipeline.layout, pipeline.run
    built = audited(journal.built(layout, run), journal.checks(layout, run.run_id), journal.scores(layout, run.run_id))
    made = prepare(pipeline.settings, layout, run, built.path, pipeline.progress)
    ai_journal.put_candidate(layout, run, made)
    return dg.MaterializeResult(metadata={**_contents(made), "gave_way": made.decisions.height})


@dg.asset(
    key=AI_DATASET,
    deps=[PUBLISHED, AI_CANDIDATE],
    group_name="ai",
    owners=OWNERS,
    kinds={"parquet", "polars"},
    description="Conversations, chunks and fine-tuning files of people who permit it, redacted, without duplicates, split.",
    check_specs=[
        dg.AssetCheckSpec(name, asset=AI_DATASET, blocking=True, description=f"Of the files of the version: {name}.")
        for name in (*NAMES, AGREES)
    ]
    + [dg.AssetCheckSpec(READINESS, asset=AI_DATASET, description="No factor of readiness fell since the version before.")],
)
def ai_dataset(pipeline: Pipeline) -> Iterator[dg.MaterializeResult[None]]:
    """Make a version of the candidate; a check that fails leaves no version and fails the step."""
    settings, layout, run = pipeline.settings, pipeline.layout, pipeline.run
    candidate = ai_journal.candidate(layout, run)
    # A run that goes on where another one ended finds nothing aside.
    made = promote(settings, layout, candidate) if candidate else build_dataset(settings, layout, run, pipeline.progress)
    yield dg.MaterializeResult(
        metadata={
            "version": made.version or "none",
            "is_new": made.is_new,
            "dagster/row_count": made.facts.conversations,
            "changes": {f"{file}: {change} {reason}".strip(): count for file, change, reason, count in made.changes.iter_rows()},
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=check.name,
                passed=check.passed,
                metadata={"checked": check.checked, "failed": check.failed},
                description=check.meaning,
            )
            for check in made.checks
            if check.name in (*NAMES, AGREES)
        ]
        + [_readiness(trend(layout))],
    )


def _readiness(told: Trend) -> dg.AssetCheckResult:
    """The factors as numbers, which Dagster draws over runs, and the table of all versions."""
    now = told.factors[-1] if told.factors else {}
    return dg.AssetCheckResult(
        check_name=READINESS,
        passed=not told.fallen,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            **{factor: score for factor, score in now.items() if score is not None},
            "fallen": told.fallen,
            "trend": dg.MetadataValue.md(told.table()),
        },
        description="The six factors of the version, and of those before.",
    )


def _contents(made: Candidate) -> dict[str, Any]:
    facts = made.facts
    return {
        "version": made.number or made.before or "none",
        "is_new": made.number is not None,
        "dagster/row_count": facts.conversations,
        "files": {file.name: file.rows for file in facts.files},
        "examples": {split.name: split.examples for split in facts.splits},
        "withheld": {f"{item.output}: {item.reason}": item.count for item in facts.withheld},
        "drift": {f"{item.split}: {item.column}": item.index for item in facts.drift},
        "shifted": [f"{item.file}: {item.column}" for item in facts.since if item.is_shift],
        **{f"readiness/{factor}": score for factor, score in made.factors.items() if score is not None},
        "consent_coverage": {consent.output: consent.coverage for consent in facts.consents},
        "failed": [check.name for check in made.failed],
    }
