"""What the ledger of the published file is told of the dataset: what gave way to what, and how much was withheld and why.

The same cut gives both the files and the ledger's rows; that they agree is checked once both are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai.consent import ANOTHER_PERSON, Permitted
from cx_pipeline.ai.facts import CheckFact, Withheld
from cx_pipeline.ai.meanings import DUPLICATES
from cx_pipeline.identity.permissions import REASONS
from cx_pipeline.warehouse.quoting import literal, parquet

DECISIONS: dict[str, pl.DataType] = {
    "kept_record": pl.String(),
    "joined_record": pl.String(),
    "rule": pl.String(),
    "decision": pl.String(),
    "probability": pl.Float64(),
}
AGREES = "agrees_with_ledger"
_RULE = "text_"
_REPEATS = "repeats"
_PREFIX = "ai."
_OF_CONSENT = {*REASONS, ANOTHER_PERSON}
_PAIRS = """
WITH told AS (SELECT kept, removed, {rule} || level || '_' || method AS rule FROM {file}),
booked AS (SELECT kept_record AS kept, joined_record AS removed, rule FROM quality.dedup_decisions WHERE decision = {repeats})
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM (FROM told EXCEPT FROM booked)),
       (SELECT count(*) FROM (FROM booked EXCEPT FROM told))
"""
_BOOKED = "SELECT output, reason, sum(rows)::BIGINT FROM quality.consent_withheld WHERE starts_with(output, $prefix) GROUP BY ALL"


def decisions(duplicates: pl.DataFrame) -> pl.DataFrame:
    """Duplicates of the dataset as rows of `quality.dedup_decisions`: a row a text that gave way, with its overlap.

    Args:
        duplicates: rows of `dataset.DUPLICATES`.
    """
    rule = pl.concat_str(pl.lit(_RULE), "level", pl.lit("_"), "method")
    return duplicates.select(
        pl.col("kept").alias("kept_record"),
        pl.col("removed").alias("joined_record"),
        rule.alias("rule"),
        pl.lit(_REPEATS).alias("decision"),
        pl.col("jaccard").alias("probability"),
    )


def withheld(consents: Sequence[Permitted]) -> pl.DataFrame:
    """What consent keeps out of each output, as rows of `quality.consent_withheld`."""
    return pl.concat([part.ledger for part in consents])


def check_ledger(
    folder: Path, told: Sequence[Withheld], connection: duckdb.DuckDBPyConnection, *, is_of_this_run: bool
) -> CheckFact:
    """Duplicates and withheld counts of a version are those that the published file has booked.

    Args:
        folder: of the version.
        told: withheld counts, as the card tells them.
        connection: to the published file.
        is_of_this_run: False where people may have been forgotten since the file was built: then the counts booked may be higher.
    """
    pairs = _PAIRS.format(rule=literal(_RULE), file=parquet(folder / DUPLICATES), repeats=literal(_REPEATS))
    [(rows, unbooked, untold)] = connection.execute(pairs).fetchall()
    found = connection.execute(_BOOKED, {"prefix": _PREFIX}).fetchall()
    booked = {(str(output).removeprefix(_PREFIX), reason): int(count) for output, reason, count in found}
    counts = {(_output(item), item.reason): item.count for item in told if item.reason in _OF_CONSENT}
    wrong = [
        key
        for key in booked.keys() | counts.keys()
        if not _agrees(counts.get(key, 0), booked.get(key, 0), is_of_this_run=is_of_this_run)
    ]
    return CheckFact(
        AGREES,
        unbooked + untold + len(wrong) == 0,
        True,
        int(rows) + len(booked.keys() | counts.keys()),
        int(unbooked + untold) + len(wrong),
        "Every duplicate and every count of what consent withheld stands alike in the published ledger.",
    )


def _output(item: Withheld) -> str:
    """The card tells of training under what is made by it first."""
    return {"conversations": "training"}.get(item.output, item.output)


def _agrees(told: int, booked: int, *, is_of_this_run: bool) -> bool:
    return told == booked if is_of_this_run else told <= booked
