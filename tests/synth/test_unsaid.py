from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.synth import Truth, dirt, unsaid


@pytest.mark.parametrize(
    ("kind", "text", "says_nothing"),
    [
        (unsaid.EMAIL, "noemail@noemail.com", True),
        (unsaid.EMAIL, "ana.silva3@larkmail.quenloria.com", False),
        (unsaid.PHONE, "15555555555", True),
        (unsaid.PHONE, "+15555555555", False),
        (unsaid.NAME, "testUser0a1b", True),
        (unsaid.NAME, "Dummy Wendel_1940+3000", True),
        (unsaid.NAME, "Testa", False),
        (unsaid.HASH, "d41d8cd98f00b204e9800998ecf8427e", True),
        (unsaid.SCRUBBED, "X", True),
        (unsaid.SCRUBBED, None, False),
    ],
)
def test_what_says_nothing(kind: unsaid.Unsaid, text: str | None, says_nothing: bool) -> None:
    frame = pl.DataFrame({"cell": [text]}, schema={"cell": pl.String})
    assert frame.select(kind.fits(pl.col("cell"))).item() is says_nothing


def test_a_cell_is_noted_once_and_a_spoilt_one_stays_empty_when_it_is_clean() -> None:
    frame = pl.DataFrame({"name": ["  Test ", "Test", "Ana"], "mail": ["test@test.com", "a@b.example", None]})
    cells = pl.DataFrame([("white_space", "name", "  Test ", "Test"), (None,) * 4, (None,) * 4], schema=dirt.CELLS, orient="row")
    noted = unsaid.note(frame, cells, {"name": (unsaid.NAME,), "mail": (unsaid.EMAIL,)})
    assert noted["clean"].to_list() == [None, None, None]
    assert noted["unsaid"].to_list() == [
        [{"column": "mail", "dirty": "test@test.com", "trap": "placeholder_email"}],
        [{"column": "name", "dirty": "Test", "trap": "placeholder_name"}],
        [],
    ]


def test_the_truth_knows_every_kind_of_cell_that_says_nothing(truth: Truth) -> None:
    cells = pl.read_parquet(truth.folder / "cells.parquet").select("trap", "clean")
    kinds = (unsaid.EMAIL, unsaid.PHONE, unsaid.WITHHELD, unsaid.NAME, unsaid.HASH, unsaid.SCRUBBED)
    expected = {kind.trap for kind in kinds} | {"excel_key"}
    empty = cells.filter(pl.col("trap").is_in(sorted(expected)))
    assert set(empty["trap"]) == expected
    assert empty["clean"].null_count() == len(empty)
