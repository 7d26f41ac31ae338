"""A run on an invented world, judged cell by cell against the truth that its generator wrote beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.layout import Layout
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages.cells import raw_texts
from cx_pipeline.stages.intake import landed, manifest
from cx_pipeline.stages.manifest import Entry, Status, firsts
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.raw_columns import complete

_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"


class Miss(NamedTuple):
    """Cells of one column that did not become what they should; `kind` is wrong, left or harmed."""

    export: str
    column: str
    trap: str
    kind: str
    cells: int


@dataclass
class Score:
    """Cells, counted.

    Attributes:
        right: spoilt cells that became what they were.
        wrong: spoilt cells that became something else.
        left: spoilt cells that stayed as they were.
        fine: cells that nobody spoilt and that say what they said.
        harmed: cells that nobody spoilt and that were lost, or say something else.
        missing: spoilt cells of the truth that were not found in what was landed.
    """

    right: int = 0
    wrong: int = 0
    left: int = 0
    fine: int = 0
    harmed: int = 0
    missing: int = 0
    misses: list[Miss] = field(default_factory=list)

    @property
    def spoilt(self) -> int:
        return self.right + self.wrong + self.left

    @property
    def share_right(self) -> float:
        """Of all cells, spoilt or not, the share that says what the truth says."""
        return (self.right + self.fine) / (self.spoilt + self.fine + self.harmed)

    def __str__(self) -> str:
        lines = [f"right {self.right}, wrong {self.wrong}, left {self.left}, fine {self.fine}, harmed {self.harmed}"]
        return "\n".join(
            [*lines, *(f"{miss.export} {miss.column} {miss.trap}: {miss.kind} {miss.cells}" for miss in self.misses)]
        )


def score_cells(data: Path, truth: Path, settings: Settings) -> Score:
    """Scrub every landed record again, column by column, and compare with the truth."""
    layout, score = Layout(data), Score()
    known = pl.read_parquet(truth / "cells.parquet")
    entries = list(firsts(manifest(layout).entries()).values())
    found = 0
    for entry in entries:
        if entry.status is not Status.LANDED:
            continue
        export = catalogue.get(f"{entry.source}.{entry.export}")
        spoilt = known.filter(pl.col("file") == entry.path)
        for batch, context in _batches(entry, export, layout, settings):
            found += _score_batch(batch, export, context, spoilt, score)
    score.missing = (
        known.filter(pl.col("file").is_in([e.path for e in firsts(manifest(layout).entries()).values()])).height - found
    )
    return score


def _batches(entry: Entry, export: Export, layout: Layout, settings: Settings) -> Iterator[tuple[pl.DataFrame, Context]]:
    source = landed(layout, entry.source, entry.export, entry.content) / "records"
    context = context_of(export, source, settings, Path(entry.path).name, entry.facts.columns, entry.facts.labels)
    for part in sorted(source.glob("part-*.parquet")):
        batch = pl.read_parquet(part)
        if batch.height:
            yield complete(batch, export, context), context


def _score_batch(batch: pl.DataFrame, export: Export, context: Context, spoilt: pl.DataFrame, score: Score) -> int:
    key = next(item for item in export.fields if item.column == export.key)
    keys = apply_rules(raw_texts(batch, [key])[0], key.rules(context), batch).values.cast(pl.String).alias("key")
    found = 0
    for item, raw in zip(export.fields, raw_texts(batch, export.fields), strict=True):
        if item.column in context.undecidable:
            continue
        told = spoilt.filter(pl.col("column").is_in([item.name, item.column])).select("key", "dirty", "clean", "trap").unique()
        made = apply_rules(raw, item.rules(context), batch).values
        cells = pl.DataFrame([keys, raw.alias("dirty"), _as_text(made).alias("made")])
        joined = cells.join(told, on=["key", "dirty"], how="left", maintain_order="left", nulls_equal=True)
        found += joined.filter(pl.col("trap").is_not_null()).select("key", "dirty").n_unique()
        _count(joined, export, item, is_text=made.dtype == pl.String, score=score)
    return found


def _count(joined: pl.DataFrame, export: Export, item: Field, *, is_text: bool, score: Score) -> None:
    dirty, made, clean = pl.col("dirty"), pl.col("made"), pl.col("clean")
    spoilt = joined.filter(pl.col("trap").is_not_null())
    is_right, is_left = made.eq_missing(clean), made.eq_missing(dirty)
    verdicts = spoilt.select(
        "trap", kind=pl.when(is_right).then(pl.lit("right")).when(is_left).then(pl.lit("left")).otherwise(pl.lit("wrong"))
    )
    for trap, kind, cells in verdicts.group_by("trap", "kind").len().sort("trap", "kind").rows():
        setattr(score, kind, getattr(score, kind) + cells)
        if kind != "right":
            score.misses.append(Miss(export.id, item.column, trap, kind, cells))
    # What nobody spoilt may take a normal form, but it is neither lost nor, where it is plain text, changed.
    plain = joined.filter(pl.col("trap").is_null() & (dirty.fill_null("").str.strip_chars() != ""))
    lost = made.is_null()
    harmed = lost | (made != dirty) if is_text and _keeps_text(item) else lost
    count = int(plain.select(harmed.sum()).item())
    score.harmed += count
    score.fine += plain.height - count
    if count:
        score.misses.append(Miss(export.id, item.column, "", "harmed", count))


def _keeps_text(item: Field) -> bool:
    """Whether a clean text of this column stays as it is: no word translated, no number or address put into a form."""
    forming = ("enums", "phone", "email", "country", "language", "text.html", "names", "ids", "salesforce")
    return not any(rule.id.startswith(forming) for rule in item.rules(Context()))


def _as_text(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.strftime(_TIME).str.replace(r"\.0*Z$", "Z").str.replace(r"(\.\d*?)0+Z$", "${1}Z")
    return values.cast(pl.String)
