"""By what a forgotten person is known in tables of any kind, and tables without them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.tokens_in_text import token_tags
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.forgetting.lake_copy import without_references


@dataclass(frozen=True)
class Handles:
    """What names the person or a record of theirs.

    Attributes:
        customers: ids.
        keys: of records, and their tokens where a key is personal and published as one.
        rows: columns of `intent.ROWS`.
        blanks: readable identifiers.
        tags: what stands for those in redacted texts.
    """

    customers: pl.Series
    keys: pl.Series
    rows: pl.DataFrame
    blanks: Blanks
    tags: pl.Series

    @property
    def all(self) -> pl.Series:
        """Every handle that a cell may hold."""
        return pl.concat([self.customers, self.keys, self.rows.get_column("row_id")]).unique()


def handles(customers: frozenset[str], keys: frozenset[str], rows: pl.DataFrame, blanks: Blanks, secret: Tokeniser) -> Handles:
    """Handles of a person."""
    known = pl.Series(sorted(keys), dtype=pl.String)
    return Handles(
        pl.Series(sorted(customers), dtype=pl.String),
        pl.concat([known, secret.tokens(known, "id")]).unique(),
        rows,
        blanks,
        _tags(blanks, secret),
    )


def _tags(blanks: Blanks, secret: Tokeniser) -> pl.Series:
    told = [(Entity.EMAIL.value, email) for email in blanks.emails] + [(Entity.PHONE.value, f"+{one}") for one in blanks.numbers]
    said = pl.DataFrame(told, schema={"entity": pl.String, "value": pl.String}, orient="row")
    return token_tags(said["entity"], said["value"], secret).unique().sort()


def without(frame: pl.DataFrame, known: Handles, *, is_canonical: bool) -> tuple[pl.DataFrame, int]:
    """A table without the person; rows that left and values blanked.

    Args:
        frame: any table.
        known: the person.
        is_canonical: a row belongs to its `row_id` and `customer_id`, and what else refers to the person is null; else every row
            that holds one of the handles leaves.
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String()]
    if is_canonical:
        tests = [
            pl.col(name).is_in(values.implode()).fill_null(value=False)
            for name, values in (("row_id", known.rows.get_column("row_id")), ("customer_id", known.customers))
            if name in texts
        ]
    else:
        every = known.all
        tests = [pl.col(name).is_in(every.implode()).fill_null(value=False) for name in texts]
    kept = frame.filter(~pl.any_horizontal(tests)) if tests else frame
    kept = without_references(kept, known.keys) if is_canonical else kept
    made, blanked = known.blanks.in_frame(kept)
    return made, frame.height - kept.height + blanked
