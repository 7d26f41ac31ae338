"""k and l of small tables by hand."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.quality.anonymity import Anonymity, anonymity

SCHEMA = {"country": pl.String, "language": pl.String, "concern": pl.String}
Row = tuple[str | None, str | None, str | None]


def measure(rows: list[Row], group: int = 2, diversity: int = 2, sensitive: str | None = "concern") -> Anonymity:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return anonymity(frame, ["country", "language"], sensitive, group=group, diversity=diversity)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], Anonymity(0, 0, 0, 0, 0, 0), id="nobody"),
        pytest.param([("DE", "de", "bill")], Anonymity(1, 1, 1, 1, 1, 0), id="alone"),
        pytest.param([("DE", "de", "bill"), ("DE", "de", "app")], Anonymity(2, 1, 2, 2, 0, 0), id="two alike who differ"),
        pytest.param([("DE", "de", "bill"), ("DE", "de", "bill")], Anonymity(2, 1, 2, 1, 0, 2), id="two with one concern"),
        pytest.param([("DE", "de", "bill"), ("DE", "de", None)], Anonymity(2, 1, 2, 1, 0, 2), id="unknown is no other concern"),
        pytest.param([("DE", "de", None), ("DE", "de", None)], Anonymity(2, 1, 2, 0, 0, 0), id="nothing to learn"),
        pytest.param(
            [(None, None, "bill"), (None, None, "app"), ("DE", None, "app"), ("DE", "de", "x"), ("DE", "de", "y")],
            Anonymity(5, 3, 1, 1, 1, 0),
            id="null is a value like any other",
        ),
        pytest.param(
            [("DE", "de", "a")] * 3 + [("FR", "fr", "a"), ("FR", "fr", "b")] + [("US", "en", "a")],
            Anonymity(6, 3, 1, 1, 1, 3),
            id="all sorts",
        ),
    ],
)
def test_figures(rows: list[Row], expected: Anonymity) -> None:
    assert measure(rows) == expected


def test_without_a_sensitive_column_only_sizes_count() -> None:
    found = measure([("DE", "de", "a"), ("DE", "de", "a"), ("US", "en", "a")], sensitive=None)
    assert found == Anonymity(3, 2, 1, 0, 1, 0)
    assert found.exposed_share == pytest.approx(1 / 3)
    assert measure([]).exposed_share == 0


@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 3), max_size=30), st.integers(1, 4), st.integers(1, 3))
def test_it_is_what_counting_by_hand_gives_in_any_order(rows: list[Row], group: int, diversity: int) -> None:
    found = measure(rows, group, diversity)
    groups = {key: [row[2] for row in rows if row[:2] == key] for key in {row[:2] for row in rows}}
    small = [each for each in groups.values() if len(each) < group]
    kinds = [len({value for value in each if value is not None}) for each in groups.values() if len(each) >= group]
    sizes = [len(each) for each in groups.values() if len(each) >= group]
    assert found.k == min(map(len, groups.values()), default=0)
    assert found.small == sum(map(len, small))
    assert found.uniform == sum(size for size, kind in zip(sizes, kinds, strict=True) if 1 <= kind < diversity)
    assert measure(rows[::-1], group, diversity) == found


def test_a_million_rows_take_a_moment() -> None:
    dice = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "country": pl.Series(dice.integers(0, 60, 1_000_000)).cast(pl.String),
            "language": pl.Series(dice.integers(0, 20, 1_000_000)).cast(pl.String),
            "month": dice.integers(0, 120, 1_000_000),
            "concern": pl.Series(dice.integers(0, 30, 1_000_000)).cast(pl.String),
        }
    )
    begun = time.process_time()
    found = anonymity(frame, ["country", "language", "month"], "concern", group=5, diversity=2)
    assert found.rows == 1_000_000
    assert found.groups == frame.select("country", "language", "month").n_unique()
    assert time.process_time() - begun < 5  # CPU of all cores; a fraction of that on a machine at rest
