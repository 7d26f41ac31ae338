"""A run on an invented world, judged cell by cell against the truth that its generator wrote beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.layout import Layout
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages.cells import raw_texts
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.manifest import Entry, Status, firsts, landed
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.raw_columns import complete
from cx_pipeline.synth.files import unpacked

# Of these the truth notes every cell that says nothing, so what is harmed beyond it is harmed indeed.
NOTED = ("amazon_connect", "qualtrics", "salesforce", "zendesk")
_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"
_CELL = ("key", "column", "dirty")
# An answer outside its scale is kept as it was written, and is no score: the tables are compared for that.
_JUDGED_ELSEWHERE = ("score_outside_scale",)


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
        unread: spoilt cells that were landed as they are, in columns that no mapping reads.
        missing: spoilt cells of the truth that were not found in what was landed.
    """

    right: int = 0
    wrong: int = 0
    left: int = 0
    fine: int = 0
    harmed: int = 0
    unread: int = 0
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
        first = (
            f"right {self.right}, wrong {self.wrong}, left {self.left}, fine {self.fine}, harmed {self.harmed}, "
            f"unread {self.unread}, missing {self.missing}"
        )
        return "\n".join([first, *(f"{miss.export} {miss.column} {miss.trap}: {miss.kind} {miss.cells}" for miss in self.misses)])


def score_cells(data: Path, truth: Path, settings: Settings, sources: Collection[str]) -> Score:
    """Scrub every landed record again, column by column, and compare with the truth.

    Args:
        data: of a run on the world.
        truth: the folder that its generator wrote beside the deliveries.
        settings: of the run.
        sources: whose cells are judged.
    """
    layout, score = Layout(data), Score()
    known = pl.read_parquet(truth / "cells.parquet")
    for entry in firsts(manifest(layout).entries()).values():
        if entry.status is not Status.LANDED or entry.source not in sources:
            continue
        export = catalogue.get(f"{entry.source}.{entry.export}")
        told = _named(known.filter(pl.col("file") == entry.path), truth.parent / entry.path, export)
        found = [
            _score_batch(batch, export, context, told, score) for batch, context in _batches(entry, export, layout, settings)
        ]
        score.missing += told.height - (pl.concat(found).unique().height if found else 0)
    return score


def _named(told: pl.DataFrame, file: Path, export: Export) -> pl.DataFrame:
    """Cells of one file under the names that its columns have once they are landed."""
    cells = told.select(*_CELL, "clean", "trap").unique()
    if export.header is None:
        return cells
    text = unpacked(file).decode("utf-8-sig", "replace")
    rows = [tuple(row) for row in islice(csv.reader(io.StringIO(text, newline="")), 5)]
    header = export.header(rows)
    assert header is not None
    names = dict(reversed(list(zip(rows[0], header.names, strict=True))))
    return cells.with_columns(pl.col("column").replace(names))


def _batches(entry: Entry, export: Export, layout: Layout, settings: Settings) -> Iterator[tuple[pl.DataFrame, Context]]:
    source = landed(layout, entry.source, entry.export, entry.content) / "records"
    context = context_of(export, source, settings, Path(entry.path).name, entry.facts.columns, entry.facts.labels)
    for part in sorted(source.glob("part-*.parquet")):
        batch = pl.read_parquet(part)
        if batch.height:
            yield complete(batch, export, context), context


def _score_batch(batch: pl.DataFrame, export: Export, context: Context, told: pl.DataFrame, score: Score) -> pl.DataFrame:
    """Judge the cells of some records; those that the truth knows and that are there, as `_CELL`."""
    key = next(item for item in export.fields if item.column == export.key)
    keys = apply_rules(raw_texts(batch, [key])[0], key.rules(context), batch).values.cast(pl.String).alias("key")
    seen = []
    for item in export.fields:
        if item.column in context.undecidable:
            continue
        seen.append(_score_field(batch, keys, item, _names_of(item), export, context, told, score))
    rest = told.join(pl.concat(seen), on=_CELL, how="anti", nulls_equal=True)
    for items in export.items:
        held = items.of(batch, context)
        place = pl.DataFrame({"_record": batch["_record"], "key": keys})
        owners = held.select("_record").join(place, on="_record", how="left", maintain_order="left")["key"]
        for item in items.fields:
            names = [f"{items.name}.{name}" for name in _names_of(item)]
            if export.open_columns and item.rules(context):
                names += sorted(set(rest["column"]) - export.reads)
            if item.name in held.columns:
                seen.append(_score_field(held, owners, item, names, export, context, rest, score))
    rest = told.join(pl.concat(seen), on=_CELL, how="anti", nulls_equal=True)
    unread = [_landed(batch, keys, name, rest) for name in sorted(set(rest["column"]) & set(batch.columns))]
    score.unread += sum(cells.height for cells in unread)
    return pl.concat([*seen, *unread]).unique()


def _names_of(item: Field) -> list[str]:
    """What the truth may call a column: `Queue.Name` is the name inside the queue."""
    return [item.name, item.column, *([f"{item.name}.{item.at.rsplit('.', 1)[-1]}"] if item.at is not None else [])]


def _landed(batch: pl.DataFrame, keys: pl.Series, name: str, told: pl.DataFrame) -> pl.DataFrame:
    cells = pl.DataFrame([keys, batch[name].alias("dirty")]).with_columns(column=pl.lit(name))
    return told.select(_CELL).join(cells, on=_CELL, how="semi", nulls_equal=True)


def _score_field(
    frame: pl.DataFrame,
    keys: pl.Series,
    item: Field,
    names: Sequence[str],
    export: Export,
    context: Context,
    told: pl.DataFrame,
    score: Score,
) -> pl.DataFrame:
    raw = raw_texts(frame, [item])[0]
    mine = told.filter(pl.col("column").is_in(names))
    made = apply_rules(raw, item.rules(context), frame).values
    cells = pl.DataFrame([keys, raw.alias("dirty"), _as_text(made).alias("made")])
    joined = cells.join(mine.unique(["key", "dirty"]), on=["key", "dirty"], how="left", maintain_order="left", nulls_equal=True)
    _count(joined, export, item, is_text=made.dtype == pl.String, score=score)
    return mine.join(joined, on=["key", "dirty"], how="semi", nulls_equal=True).select(_CELL)


def _count(joined: pl.DataFrame, export: Export, item: Field, *, is_text: bool, score: Score) -> None:
    dirty, made, clean = pl.col("dirty"), pl.col("made"), pl.col("clean")
    spoilt = joined.filter(pl.col("trap").is_not_null() & ~pl.col("trap").is_in(_JUDGED_ELSEWHERE))
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
