"""Columns under several names are read as one."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.sources.export import Context
from cx_pipeline.sources.spellings import spellings_of, spelt

NAMES = {"created_at": ("date created", "opened"), "key": ("issue key",)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"created_at": ["a", None]}, {}),
        ({"Date Created": ["a", None]}, {"created_at": ["a", None]}),
        ({"createdAt": ["a", ""]}, {"created_at": ["a", None]}),
        ({"Opened": ["b", "c"], "created_at": ["a", " "]}, {"created_at": ["a", "c"]}),
        ({"Issue_Key": ["k", "l"], "other": ["x", "y"]}, {"key": ["k", "l"]}),
        ({"other": ["x", "y"]}, {}),
    ],
)
def test_what_is_read(given: dict[str, list[str | None]], expected: dict[str, list[str | None]]) -> None:
    frame = pl.DataFrame(given, schema=dict.fromkeys(given, pl.String))
    made = spelt(NAMES)(frame.columns, Context())
    assert frame.select(expression.alias(name) for name, expression in made.items()).to_dict(as_series=False) == expected


def test_other_names_are_no_news() -> None:
    assert spellings_of(NAMES) == {"created_at", "date created", "opened", "key", "issue key"}
