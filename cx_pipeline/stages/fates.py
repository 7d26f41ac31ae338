"""Which delivered records count: versions decided export by export, in memory that does not grow with them.

Only keys that were delivered more than once need a decision; every other record is published. What is not published is
written down at once; of it only the record numbers stay in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.dedupe.versions import decide
from cx_pipeline.sorted_keys import SortedKeys
from cx_pipeline.stages import retention
from cx_pipeline.stages.batch import PREFIX_CHARS, row_ids, row_prefix
from cx_pipeline.stages.contents import DELIVERY, Content, by_delivery
from cx_pipeline.stages.small_files import scans

_AT_ONCE = 500_000
# No file holds as many records; the number of the content and that of the record together name a record.
_RECORDS_A_CONTENT = 1 << 40
_NONE = pl.Series("record_number", [], dtype=pl.Int64)
FATES = {
    "row_id": pl.String,
    "delivery_id": pl.String,
    "record_number": pl.Int64,
    "fate": pl.String,
    "reason": pl.String,
    "gave_way_to": pl.String,
}


@dataclass(frozen=True)
class Fates:
    """What became of the records that passed their contracts.

    Attributes:
        parts: Parquet files of `FATES`, a row a record that is not published.
        lost: delivery id of a content to the numbers of those records.
        copies: the same of those among them that say nothing of their own: copies, not older versions.
        counts: (delivery id, fate) to how many of them there are.
        limits: by table, when its rows are out of time; such rows are given by no record.
    """

    parts: list[Path]
    lost: Mapping[str, pl.Series]
    copies: Mapping[str, pl.Series]
    counts: Mapping[tuple[str, str], int]
    limits: retention.Cutoffs = field(default_factory=dict)

    def left_out(self, content: Content, *, is_log: bool = False) -> pl.Series:
        """Numbers of a content's records that give no rows: those not published, or of a log's the copies alone."""
        chosen = self.copies if is_log else self.lost
        return chosen.get(content.entry.delivery_id, _NONE)

    def rows_of(self, table: str, contents: Sequence[Content]) -> pl.LazyFrame:
        """The rows of a canonical table, in lake form, that published records gave; of a log all versions did.

        What several versions tell stands once, as the newest has it.
        """
        rows = self._rows(table, contents, is_log=False)
        if not tables()[table].is_log:
            return rows
        told = self._rows(table, contents, is_log=True)
        every = pl.concat([rows.with_columns(_newest=True), told.with_columns(_newest=False)])
        key = tables()[table].lake_key
        ordered = every.sort("_newest", "row_id", *key, descending=[True, False, *[False] * len(key)])
        return ordered.unique(key, keep="first", maintain_order=True).drop("_newest")

    def _rows(self, table: str, contents: Iterable[Content], *, is_log: bool) -> pl.LazyFrame:
        rows = self._of_records(table, contents, is_log=is_log)
        return rows.filter(~retention.is_out(table, self.limits)) if table in self.limits else rows

    def _of_records(self, table: str, contents: Iterable[Content], *, is_log: bool) -> pl.LazyFrame:
        whole: list[Path] = []
        partly: list[Path] = []
        lost: list[npt.NDArray[np.int64]] = []
        prefixes: list[str] = []
        for content in contents:
            if not content.gives(table):
                continue
            parts, numbers = content.parts(table), self.left_out(content, is_log=is_log)
            if not numbers.len():
                whole += parts
            elif parts:
                partly += parts
                lost.append(numbers.to_numpy() + len(prefixes) * _RECORDS_A_CONTENT)
                prefixes.append(row_prefix(content.entry.source, content.entry.export, content.entry.sha256))
        if not partly:
            return _scan(table, whole)
        number = pl.col("row_id").str.head(PREFIX_CHARS).replace_strict(prefixes, range(len(prefixes)), return_dtype=pl.Int64)
        record = number * _RECORDS_A_CONTENT + pl.col("_record")
        gone = SortedKeys.of(pl.Series(np.concatenate(lost)))
        return pl.concat([_scan(table, whole), _scan(table, partly).filter(~gone.holds(record))])


def decide_fates(
    contents: Sequence[Content], folder: Path, at_once: int = _AT_ONCE, limits: retention.Cutoffs = MappingProxyType({})
) -> Fates:
    """Decide the versions of every export, and which records are out of time.

    Args:
        contents: what was scrubbed.
        folder: where the fates are written.
        at_once: about how many records are held at a time.
        limits: by table, when its rows are out of time.
    """
    parts: list[Path] = []
    lost: dict[str, list[pl.Series]] = {}
    copies: dict[str, list[pl.Series]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for export in sorted({content.export.id for content in contents}):
        for rows in _not_published([content for content in contents if content.export.id == export], at_once):
            parts.append(folder / f"fates-{len(parts):05}.parquet")
            rows.select(*FATES).write_parquet(parts[-1], compression="zstd", compression_level=1)
            for (delivery,), own in rows.group_by("delivery_id"):
                lost.setdefault(str(delivery), []).append(own.get_column("record_number"))
                of_copies = own.filter(pl.col("fate") == "duplicate").get_column("record_number")
                copies.setdefault(str(delivery), []).append(of_copies)
            for delivery, fate, number in rows.group_by("delivery_id", "fate").len().iter_rows():
                counts[delivery, fate] += number
    for content in contents if limits else ():
        policy, numbers = retention.records_out(content, limits)
        delivery = content.entry.delivery_id
        fresh = retention.without(numbers, lost.get(delivery, []))
        copies.setdefault(delivery, []).append(numbers)
        if fresh.is_empty():
            continue
        parts.append(folder / f"fates-{len(parts):05}.parquet")
        _filtered(content, fresh, policy).write_parquet(parts[-1], compression="zstd", compression_level=1)
        lost.setdefault(delivery, []).append(fresh)
        counts[delivery, "filtered"] += fresh.len()
    return Fates(parts, _joined(lost), _joined(copies), counts, limits)


def _joined(numbers: Mapping[str, list[pl.Series]]) -> dict[str, pl.Series]:
    return {delivery: pl.concat(pieces).unique() for delivery, pieces in numbers.items()}


def _filtered(content: Content, numbers: pl.Series, policy: str) -> pl.DataFrame:
    """Fates of records that a policy leaves out."""
    prefix = row_prefix(content.entry.source, content.entry.export, content.entry.sha256)
    return numbers.to_frame().select(
        row_ids(prefix, pl.col("record_number")).alias("row_id"),
        pl.lit(content.entry.delivery_id).alias("delivery_id"),
        "record_number",
        pl.lit("filtered").alias("fate"),
        pl.lit(policy).alias("reason"),
        pl.lit(None, dtype=pl.String).alias("gave_way_to"),
    )


def _not_published(contents: Sequence[Content], at_once: int) -> Iterable[pl.DataFrame]:
    """Fates of the records of one export that gave way, by groups of keys."""
    files = {part: content.entry.delivery_id for content in contents for part in content.parts("records")}
    if not files:
        return
    keys = _keys(files, contents)
    groups = 1 + keys.select(pl.len()).collect().item() // at_once
    hashed = pl.col("source_id").hash()
    for group in range(groups):
        own = keys.with_columns(hashed.alias("hash")).filter(pl.col("hash") % groups == group)
        hashes = own.select("hash").collect().to_series()
        # Two keys of one hash cost a needless decision, no wrong one.
        several = hashes.filter(hashes.is_duplicated()).unique()
        if several.is_empty():
            continue
        rows = own.join(several.to_frame().lazy(), on="hash", how="semi").drop("hash").collect()
        numbers = rows.select("row_id", "delivery_id", "record_number")
        fates = decide(rows).filter(pl.col("fate") != "published")
        yield fates.join(numbers, on=["row_id", "delivery_id"], how="left", maintain_order="left")


def _keys(files: Mapping[Path, str], contents: Sequence[Content]) -> pl.LazyFrame:
    """The keys of all records in some files, each with the delivery it is of."""
    entries = [content.entry for content in contents]
    dates = {"delivery_id": [entry.delivery_id for entry in entries], "date": [entry.date for entry in entries]}
    known = pl.LazyFrame(dates, schema={"delivery_id": pl.String, "date": pl.Date})
    told = by_delivery(files).rename({DELIVERY: "delivery_id"}).join(known, on="delivery_id", how="left")
    return told.select("row_id", "source_id", "content", "clock_0", "clock_1", "date", "delivery_id", "record_number")


def _scan(table: str, parts: list[Path]) -> pl.LazyFrame:
    schema = pl.Schema({"_record": pl.Int64(), "_line": pl.Int64(), **tables()[table].lake_schema})
    return pl.concat([pl.LazyFrame(schema=schema), *scans(parts, partial(pl.scan_parquet, schema=schema, glob=False))])
