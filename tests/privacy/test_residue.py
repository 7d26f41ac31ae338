"""What no text may show is masked at the end, and the database sees it by the same patterns."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from cx_pipeline.privacy.residue import SHAPES, masked

SHOWN = [
    ("cc:@ada.example", "[EMAIL]", [("EMAIL", "residue.email", 15)]),
    ("to ada@king.example now", "to [EMAIL] now", [("EMAIL", "residue.email", 16)]),
    ("call +49 30 2312 5815", "call [PHONE]", [("PHONE", "residue.phone", 16)]),
    ("call +1 (415) 555-2671.", "call [PHONE].", [("PHONE", "residue.phone", 17)]),
    ("4111 1111 1111 1111", "[CARD]", [("CARD", "residue.card", 19)]),
    ("a@b.io, 5500-0000-0000-0004", "[EMAIL] [CARD]", [("EMAIL", "residue.email", 7), ("CARD", "residue.card", 19)]),
]
STAY = [
    "",
    "[EMAIL]",
    "@QuenloriaHelp thanks",
    "+1 for this",
    "order 4111111122223333",
    "2026-11-01 10:00",
    "1111 2222 3333 4444 5555 6",
]


@pytest.mark.parametrize(("text", "shown", "left"), SHOWN)
def test_what_is_left_is_masked_and_told(text: str, shown: str, left: list[tuple[str, str, int]]) -> None:
    made, found = masked(pl.Series([text, None, "ok"]))
    assert made.to_list() == [shown, None, "ok"]
    assert found.rows() == [(0, *each) for each in left]


@pytest.mark.parametrize("text", STAY)
def test_everything_else_stays(text: str) -> None:
    made, found = masked(pl.Series([text]))
    assert (made.to_list(), found.height) == ([text], 0)


@pytest.mark.parametrize("text", [*(row[0] for row in SHOWN), *(row[1] for row in SHOWN), *STAY])
def test_the_database_reads_the_patterns_alike(text: str) -> None:
    for shape in SHAPES.values():
        [[found]] = duckdb.execute("SELECT regexp_matches(?, ?)", [text, shape]).fetchall()
        assert found is bool(pl.Series([text]).str.contains(shape).item())
