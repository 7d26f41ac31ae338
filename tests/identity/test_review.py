"""A pair waits until somebody says something of it, and never again after that."""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.overrides import Overrides, Statement, settle
from cx_pipeline.identity.review import NOTHING, QUEUE, REVIEW, waiting

FOUND = pl.DataFrame(
    [("b", "a", 0.4, "grey_band"), ("a", "b", 0.6, "weak_bridge"), ("a", "c", 0.9, "grey_band"), ("c", "d", None, "too_large")],
    schema=REVIEW,
    orient="row",
)


def test_every_pair_once_most_probable_first() -> None:
    found = waiting(FOUND, Overrides())
    assert dict(found.schema) == QUEUE
    assert found.rows() == [("a", "c", 0.9, "grey_band"), ("a", "b", 0.6, "weak_bridge"), ("c", "d", None, "too_large")]
    assert waiting(FOUND.reverse(), Overrides()).equals(found)
    assert waiting(NOTHING, Overrides()).is_empty()


def test_what_was_stated_of_a_pair_is_never_asked_again() -> None:
    stated = settle([Statement("a", "b", "a decision")], {("a", "c")})
    assert waiting(FOUND, stated).rows() == [("c", "d", None, "too_large")]
    more_certain = FOUND.with_columns(pl.lit(0.99).alias("probability"))
    assert waiting(more_certain, stated).select("left_record", "right_record").rows() == [("c", "d")]


def test_a_statement_that_was_set_aside_is_a_statement() -> None:
    stated = settle([Statement("a", "b", "must_link")], {("a", "b")})
    assert waiting(FOUND, stated).select("left_record", "right_record").rows() == [("a", "c"), ("c", "d")]
