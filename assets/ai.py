"""The dataset for models: cut from the published file after every publishing, checked before it is a version."""

from collections.abc import Iterator

import dagster as dg

from assets.names import AI_DATASET, OWNERS, PUBLISHED
from assets.resources import Pipeline
from cx_pipeline.ai.checks import NAMES
from cx_pipeline.stages.ai_dataset import build_dataset


@dg.asset(
    key=AI_DATASET,
    deps=[PUBLISHED],
    group_name="ai",
    owners=OWNERS,
    kinds={"parquet", "polars"},
    description="Conversations, chunks and fine-tuning files of people who permit it, redacted, without duplicates, split.",
    check_specs=[
        dg.AssetCheckSpec(name, asset=AI_DATASET, blocking=True, description=f"Of the files of the version: {name}.")
        for name in NAMES
    ],
)
def ai_dataset(pipeline: Pipeline) -> Iterator[dg.MaterializeResult[None]]:
    """Cut the dataset; a check that fails leaves no version and fails the step."""
    made = build_dataset(pipeline.settings, pipeline.layout, pipeline.run, pipeline.progress)
    facts = made.facts
    yield dg.MaterializeResult(
        metadata={
            "version": made.version or "none",
            "is_new": made.is_new,
            "dagster/row_count": facts.conversations,
            "files": {file.name: file.rows for file in facts.files},
            "examples": {split.name: split.examples for split in facts.splits},
            "withheld": {f"{item.output}: {item.reason}": item.count for item in facts.withheld},
            "changes": {f"{file}: {change} {reason}".strip(): count for file, change, reason, count in made.changes.iter_rows()},
            "drift": {f"{item.split}: {item.column}": item.index for item in facts.drift},
            "consent_coverage": {consent.output: consent.coverage for consent in facts.consents},
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=check.name,
                passed=check.passed,
                metadata={"checked": check.checked, "failed": check.failed},
                description=check.meaning,
            )
            for check in made.checks
            if check.name in NAMES
        ],
    )
