"""A row a customer at a cut-off: what was known of them then, and apart from it what came after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import features_consent, features_labels, features_sentiment, features_snapshot
from cx_pipeline.ai.facts import ColumnFact, FileFact
from cx_pipeline.ai.features_consent import PURPOSE
from cx_pipeline.ai.features_groups import FEATURES, GROUPS, LABELS
from cx_pipeline.ai.features_labels import HORIZON
from cx_pipeline.warehouse.durable import sha256, sync
from cx_pipeline.warehouse.reader import open_read_only

FEATURES_FILE, LABELS_FILE = "features.parquet", "labels.parquet"
_MEANINGS = {
    FEATURES_FILE: "A row is a customer who agreed to it, with what was known of them at the cut-off.",
    LABELS_FILE: "A row is a customer of features.parquet, with what came in the 90 days after the cut-off; never an input.",
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


def write(published: Path, folder: Path, as_of: datetime, *, purpose: str = PURPOSE, scores: Path | None = None) -> None:
    """Write `features.parquet` and `labels.parquet`.

    Args:
        published: the published file.
        folder: where the two files go; older ones of their names are replaced.
        as_of: the cut-off, UTC and naive; what happened at this very moment still counts.
        purpose: only customers who permit it today are in the files.
        scores: file of sentiment by text hash that is kept from night to night; without it all texts are scored anew.
    """
    with open_read_only(published) as connection:
        people = features_consent.permitted(connection, purpose).customers
        features_snapshot.take(connection, people, as_of)
        _save(_features(connection, as_of, scores), FEATURES, folder / FEATURES_FILE)
        _save(features_labels.labels(connection, as_of), LABELS, folder / LABELS_FILE)


def labelled_cut_off(published: Path) -> datetime | None:
    """The latest cut-off whose 90 days after are wholly known: the one to train at. None where nobody has done anything."""
    with open_read_only(published) as connection:
        observed = features_labels.observed_until(connection)
    return observed - HORIZON if observed is not None else None


def file_facts(folder: Path) -> tuple[FileFact, FileFact]:
    """What there is to tell of the two files that `write` has left in a folder."""
    return _fact(folder / FEATURES_FILE, FEATURES), _fact(folder / LABELS_FILE, LABELS)


def _features(connection: duckdb.DuckDBPyConnection, as_of: datetime, scores: Path | None) -> pl.DataFrame:
    moments = features_snapshot.moments(as_of)
    rows = _asked(connection, "SELECT customer_id FROM temp.known", {})
    for group in GROUPS:
        bound = {name: moment for name, moment in moments.items() if f"${name}" in group.query}
        rows = rows.join(_asked(connection, group.query, bound), on="customer_id", how="left")
    words = _asked(connection, "SELECT customer_id, message_id, sent_at, language, text FROM temp.words", {})
    sentiment = features_sentiment.summed(features_sentiment.scored(words, scores), moments)
    return (
        rows.join(sentiment, on="customer_id", how="left")
        .with_columns(pl.col(_COUNTS).fill_null(0), pl.lit(as_of, pl.Datetime("us")).alias("cut_off_at"))
        .sort("customer_id")
    )


def _asked(connection: duckdb.DuckDBPyConnection, query: str, bound: Mapping[str, datetime]) -> pl.DataFrame:
    rows: pl.DataFrame = connection.sql(query, params=dict(bound)).pl()
    return rows


def _save(rows: pl.DataFrame, columns: Sequence[ColumnFact], path: Path) -> None:
    documented = {column.name: {"meaning": column.meaning, "unit": column.unit} for column in columns}
    typed = rows.select(pl.col(column.name).cast(_TYPES[column.type]) for column in columns)
    typed.write_parquet(path, compression="zstd", metadata={"columns": json.dumps(documented)})
    sync(path)


def _fact(path: Path, columns: Sequence[ColumnFact]) -> FileFact:
    nulls = pl.scan_parquet(path, glob=False).select(pl.all().null_count()).collect().row(0, named=True)
    rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    told = tuple(ColumnFact(column.name, column.type, column.meaning, nulls[column.name], column.unit) for column in columns)
    return FileFact(path.name, sha256(path), rows, path.stat().st_size, told, _MEANINGS[path.name])
