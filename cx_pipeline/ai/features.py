"""A row a customer at a cut-off: what was known of them then, and apart from it what came after.

There are two cut-offs. What came after the newest moment is not known yet, so features of that moment are there to be scored; a
model is trained on those of 90 days before, which have labels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import features_labels, features_sentiment, features_snapshot
from cx_pipeline.ai.facts import ColumnFact, FileFact
from cx_pipeline.ai.features_groups import FEATURES, GROUPS, LABELS
from cx_pipeline.ai.features_labels import HORIZON
from cx_pipeline.warehouse.durable import sha256, sync
from cx_pipeline.warehouse.reader import open_read_only

FEATURES_FILE, LABELS_FILE, FEATURE_ID = "features.parquet", "labels.parquet", "feature_id"
_MEANINGS = {
    FEATURES_FILE: "A customer who agreed to it, with what was known of them at a cut-off. There are two cut-offs: the earlier to"
    " train at, with labels, and the newest to score at.",
    LABELS_FILE: "A customer of features.parquet at the earlier cut-off, with what came in the 90 days after it; never an input.",
}
_TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "TIMESTAMP": pl.Datetime("us"),
    "BOOLEAN": pl.Boolean(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "DECIMAL(18,4)": pl.Decimal(18, 4),
}
_COUNTS = [column.name for column in FEATURES if column.type == "BIGINT"]


def write(
    published: Path,
    folder: Path,
    people: pl.Series,
    as_of: datetime,
    labelled_at: datetime | None = None,
    *,
    scores: Path | None = None,
) -> None:
    """Write `features.parquet` and `labels.parquet`.

    Args:
        published: the published file.
        folder: where the two files go; older ones of their names are replaced.
        people: `customer_id` of those who permit it today.
        as_of: the cut-off to score at, UTC and naive; what happened at this very moment still counts.
        labelled_at: the cut-off to train at, which has labels; features are cut at both.
        scores: file of sentiment by text hash that is kept from night to night; without it all texts are scored anew.
    """
    known = people.unique().sort().to_frame("customer_id")
    with open_read_only(published) as connection:
        features_snapshot.take(connection, known, max(as_of, labelled_at or as_of))
        words = _asked(connection, "SELECT customer_id, message_id, sent_at, language, text FROM temp.words", {})
        sentiment = features_sentiment.scored(words, scores)
        rows = []
        for cut_off in sorted({as_of, labelled_at or as_of}):
            features_snapshot.take(connection, known, cut_off)
            rows.append(_features(connection, cut_off, sentiment))
        _save(pl.concat(rows).sort("customer_id", "cut_off_at"), FEATURES, folder / FEATURES_FILE)
        if labelled_at is not None:
            features_snapshot.take(connection, known, labelled_at)
            labels = features_labels.labels(connection, labelled_at)
        else:
            labels = pl.DataFrame(schema={column.name: _TYPES[column.type] for column in LABELS})
        _save(labels, LABELS, folder / LABELS_FILE)


def labelled_cut_off(published: Path, as_of: datetime) -> datetime | None:
    """The latest cut-off whose 90 days after are wholly known as of a moment: the one to train at.

    None where nobody has done anything.
    """
    with open_read_only(published) as connection:
        observed = features_labels.observed_until(connection)
    return min(observed, as_of) - HORIZON if observed is not None else None


def file_facts(folder: Path) -> tuple[FileFact, FileFact]:
    """What there is to tell of the two files that `write` has left in a folder."""
    return _fact(folder / FEATURES_FILE, FEATURES), _fact(folder / LABELS_FILE, LABELS)


def _features(connection: duckdb.DuckDBPyConnection, cut_off: datetime, sentiment: pl.DataFrame) -> pl.DataFrame:
    """Rows of `FEATURES` of the state that the temporary tables hold, which is that of the cut-off."""
    moments = features_snapshot.moments(cut_off)
    rows = _asked(connection, "SELECT customer_id FROM temp.known", {})
    for group in GROUPS:
        bound = {name: moment for name, moment in moments.items() if f"${name}" in group.query}
        rows = rows.join(_asked(connection, group.query, bound), on="customer_id", how="left")
    said = _asked(connection, "SELECT message_id FROM temp.words", {})
    known = features_sentiment.summed(sentiment.join(said, on="message_id", how="semi"), moments)
    return rows.join(known, on="customer_id", how="left").with_columns(
        pl.col(_COUNTS).fill_null(0), pl.lit(cut_off, pl.Datetime("us")).alias("cut_off_at")
    )


def _asked(connection: duckdb.DuckDBPyConnection, query: str, bound: Mapping[str, datetime]) -> pl.DataFrame:
    rows: pl.DataFrame = connection.sql(query, params=dict(bound)).pl()
    return rows


def _save(rows: pl.DataFrame, columns: Sequence[ColumnFact], path: Path) -> None:
    documented = {column.name: {"meaning": column.meaning, "unit": column.unit} for column in columns}
    named = rows.with_columns(
        pl.concat_str("customer_id", pl.col("cut_off_at").dt.to_string("iso:strict"), separator="@").alias(FEATURE_ID)
    )
    typed = named.select(pl.col(column.name).cast(_TYPES[column.type]) for column in columns)
    typed.write_parquet(path, compression="zstd", metadata={"columns": json.dumps(documented)})
    sync(path)


def _fact(path: Path, columns: Sequence[ColumnFact]) -> FileFact:
    nulls = pl.scan_parquet(path, glob=False).select(pl.all().null_count()).collect().row(0, named=True)
    rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    told = tuple(ColumnFact(column.name, column.type, column.meaning, nulls[column.name], column.unit) for column in columns)
    return FileFact(path.name, sha256(path), rows, path.stat().st_size, told, _MEANINGS[path.name])
