"""The proof of who is who, as it is published."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.stages.identity_tables import decided
from tests.stages.pipeline import Pipeline

RULED = pl.DataFrame({"left": ["a"], "right": ["b"], "rule": ["email"], "probability": [0.98]})
WEIGHED = pl.DataFrame(
    {
        "left": ["b", "c"],
        "right": ["c", "d"],
        "rule": ["splink", "splink"],
        "probability": [0.991, 0.7],
        "bits_given": [8.123456, 0.0],
        "bits_place": [-1.5, 0.00001],
    }
)


def test_what_each_field_weighs_stands_beside_the_pair() -> None:
    told = decided(pl.concat([RULED, WEIGHED], how="diagonal"))
    assert told.columns == ["kept_record", "joined_record", "rule", "decision", "probability", "explanations"]
    assert told["probability"].to_list() == [0.98, 0.991, 0.7]
    assert told["explanations"].to_list() == [
        None,
        [{"field": "given", "bits": 8.1235}, {"field": "place", "bits": -1.5}],
        [],
    ]


@pytest.mark.parametrize("links", [RULED, RULED.clear(), WEIGHED.clear()])
def test_without_weighed_pairs_the_columns_are_the_same(links: pl.DataFrame) -> None:
    told = decided(links)
    assert told.schema == decided(WEIGHED).schema
    assert told["explanations"].null_count() == links.height


def test_reasons_and_blocking_are_published(published: Pipeline) -> None:
    links = published.query("SELECT * FROM quality.dedup_decisions")
    assert links.height > 0
    assert links["probability"].null_count() == 0
    assert links.filter((pl.col("rule") == "splink") != pl.col("explanations").is_not_null()).is_empty()
    blocking = published.query("SELECT key, pairs, only_here FROM quality.identity_blocking")
    assert blocking["key"].to_list() == ["all pairs"]
    assert blocking.filter(pl.col("only_here") != pl.col("pairs")).is_empty()
    undescribed = published.query(
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE table_name IN ('dedup_decisions', 'identity_blocking') AND comment IS NULL"""
    )
    assert undescribed.is_empty()
