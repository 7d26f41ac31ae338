"""Cells that hold something and say nothing: nobody's address, a number of one digit, a word in a name's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cx_pipeline.synth.dirt import NULL_HASHES
from cx_pipeline.synth.people import PLACEHOLDER_EMAILS, PLACEHOLDER_PHONES, TEST_EMAIL, TEST_NAME
from cx_pipeline.synth.profiles import DUMMY, NOBODY

NOTES = pl.List(pl.Struct({"column": pl.String, "dirty": pl.String, "trap": pl.String}))


@dataclass(frozen=True)
class Unsaid:
    """Texts that stand where a value should be.

    Attributes:
        trap: what the truth calls such a cell.
        words: whole cells.
        starts: beginnings of cells.
    """

    trap: str
    words: tuple[str, ...]
    starts: tuple[str, ...] = ()

    def fits(self, text: pl.Expr) -> pl.Expr:
        """True where the cell says nothing; never null."""
        begun = [text.str.starts_with(start) for start in self.starts]
        return pl.any_horizontal(text.is_in(list(self.words)), *begun).fill_null(value=False)


EMAIL = Unsaid("placeholder_email", (*PLACEHOLDER_EMAILS, TEST_EMAIL))
PHONE = Unsaid("placeholder_phone", PLACEHOLDER_PHONES)
WITHHELD = Unsaid("withheld_number", ("anonymous",))
NAME = Unsaid("placeholder_name", (TEST_NAME, f"{TEST_NAME} {TEST_NAME}", "Anonymous"), (NOBODY, DUMMY))
HASH = Unsaid("hash_of_nothing", NULL_HASHES)
SCRUBBED = Unsaid("scrubbed_text", ("SCRUBBED", "X"))

Kinds = Mapping[str, tuple[Unsaid, ...]]
"""The vendor's column to what may stand in it."""


def note(frame: pl.DataFrame, cells: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """What `dirt.soil` did, with `unsaid` (of `NOTES`): the cells of each record that say nothing, spoilt ones aside.

    A spoilt cell that said nothing before says nothing when it is clean, so its `clean` becomes null.
    """
    texts = frame.select(list(kinds)).with_columns(cells["cell"].alias("_cell"))
    notes = [
        pl.when(kind.fits(pl.col(column)) & pl.col("_cell").ne_missing(pl.lit(column))).then(
            pl.struct(column=pl.lit(column), dirty=pl.col(column), trap=pl.lit(kind.trap))
        )
        for column, some in kinds.items()
        for kind in some
    ]
    empty = [
        (pl.col("cell") == column).fill_null(value=False) & kind.fits(pl.col("clean"))
        for column, some in kinds.items()
        for kind in some
    ]
    unsaid = texts.select(pl.concat_list(notes).list.drop_nulls().cast(NOTES)).to_series()
    return cells.with_columns(unsaid.alias("unsaid"), clean=pl.when(~pl.any_horizontal(empty)).then("clean"))
