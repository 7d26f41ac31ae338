"""The facts of a version, put together from what was cut, written and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import duckdb
import polars as pl

from cx_pipeline.ai import batches, published
from cx_pipeline.ai.dataset import CONVERSATION, MESSAGE, Cut
from cx_pipeline.ai.facts import (
    Change,
    CheckFact,
    Facts,
    FileFact,
    RedactionFact,
    Removed,
    Share,
    SourceFact,
    SplitDrift,
    SplitFact,
    VersionDrift,
)
from cx_pipeline.ai.splits import SPLITS

LIMITS = (
    "Masking finds what any system knows of a person and what gives itself away; a nickname that no system knows may remain.",
    "Languages are guessed by a model; texts of fewer than twenty letters take the language of their conversation or customer.",
    "Quotations and signatures are told by their forms in the languages of the company's mail; other forms count as body.",
    "Near-duplicates are texts whose runs of three words overlap by 0.8 or more; rephrased ones are not found.",
    "Only people who answered the question for consent are in it: they need not be like those who never answered.",
    "Conversations by telephone and in stores have no words here, but for notes that were written about them.",
)
_COUNTED = ("conversation_id", "customer_id", "source_system", "channel", "language", "started_at", "message_count")
_MASKED = """
SELECT max(redaction_version) FROM quality.redactions
"""
_MEASURED = """
SELECT metric, value FROM quality.scores WHERE metric LIKE 'privacy.%' AND about = '' AND value IS NOT NULL ORDER BY metric
"""


def told(
    cut: Cut,
    connection: duckdb.DuckDBPyConnection,
    *,
    version: str,
    previous: str | None,
    made_at: datetime,
    run_id: str,
    files: Sequence[FileFact],
    checks: Sequence[CheckFact],
    drift: Sequence[SplitDrift],
    since: Sequence[VersionDrift],
    changes: pl.DataFrame,
) -> Facts:
    """All that is to be told of one version.

    Args:
        cut: what it is made of.
        connection: to the published file that it was cut from.
        version: its number.
        previous: that of the version before.
        made_at: when it was cut, UTC and naive.
        run_id: the run that cut it.
        files: data files.
        checks: that ran over them.
        drift: of the splits.
        since: of the version before.
        changes: rows of `versions.CHANGES`.
    """
    rows = cut.files.scan(batches.CONVERSATIONS).select(_COUNTED).collect().join(cut.placed, on="conversation_id")
    return Facts(
        version=version,
        previous_version=previous,
        made_at=made_at,
        run_id=run_id,
        as_of=cut.as_of,
        files=tuple(files),
        splits=tuple(_split(rows, name) for name in SPLITS),
        test_from=cut.test_from,
        withheld=cut.withheld,
        duplicates=_duplicates(cut.duplicates),
        languages=_shares(rows, "language"),
        channels=_shares(rows, "channel"),
        sources=_sources(rows, published.delivered(connection)),
        redaction=_redaction(cut, connection),
        consents=tuple(part.fact for part in cut.consents),
        checks=tuple(checks),
        drift=tuple(drift),
        known_limits=LIMITS,
        since=tuple(since),
        changes=tuple(Change(*row) for row in changes.select("file", "change", "reason", "records").iter_rows()),
    )


def _split(rows: pl.DataFrame, name: str) -> SplitFact:
    mine = rows.filter(split=name)
    first, last = mine["started_at"].min(), mine["started_at"].max()
    return SplitFact(
        name,
        mine.height,
        int(mine["is_example"].sum()),
        mine["customer_id"].drop_nulls().n_unique(),
        first if isinstance(first, datetime) else None,
        last if isinstance(last, datetime) else None,
    )


def _duplicates(decisions: pl.DataFrame) -> tuple[Removed, ...]:
    rows = decisions.group_by("level", "method").len().iter_rows()
    found = {(level, method): count for level, method, count in rows}
    return tuple(
        Removed(level, method, found.get((level, method), 0)) for level in (MESSAGE, CONVERSATION) for method in ("exact", "near")
    )


def _shares(rows: pl.DataFrame, column: str) -> tuple[Share, ...]:
    counted = rows.group_by(pl.col(column).fill_null("unknown").alias("name")).agg(
        pl.len().alias("conversations"), pl.col("message_count").sum().alias("messages")
    )
    return tuple(Share(*row) for row in counted.sort("conversations", "name", descending=[True, False]).iter_rows())


def _sources(rows: pl.DataFrame, delivered: pl.DataFrame) -> tuple[SourceFact, ...]:
    counted = rows.group_by("source_system").agg(pl.len(), pl.col("message_count").sum())
    days = {name: (first, last) for name, first, last in delivered.iter_rows()}
    nothing: tuple[date | None, date | None] = (None, None)
    return tuple(
        SourceFact(name, *days.get(name, nothing), conversations, messages)
        for name, conversations, messages in counted.sort("source_system").iter_rows()
    )


def _redaction(cut: Cut, connection: duckdb.DuckDBPyConnection) -> RedactionFact:
    counted = (
        pl.concat(
            _masked(rows.join(cut.placed, on="conversation_id", how="semi")) for rows in cut.files.each(batches.CONVERSATIONS)
        )
        .group_by("kind")
        .agg(pl.col("count").sum())
        .sort("count", "kind", descending=[True, False])
    )
    [(version,)] = connection.execute(_MASKED).fetchall()
    measured = connection.execute(_MEASURED).fetchall()
    return RedactionFact(
        str(version or ""),
        int(counted["count"].sum()),
        tuple((str(kind), int(count)) for kind, count in counted.iter_rows()),
        tuple((str(metric), float(value)) for metric, value in measured),
    )


def _masked(rows: pl.DataFrame) -> pl.DataFrame:
    """`kind, count`: spans that were masked in the texts of some conversations."""
    kinds = rows.select(pl.col("messages").list.explode().struct.field("pii_counts")).explode("pii_counts").unnest("pii_counts")
    return kinds.drop_nulls().group_by("kind").agg(pl.col("count").sum())
