from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth import dirt
from cx_pipeline.synth.dirt import CellTrap

CHANGING = (dirt.mojibake, dirt.name_mojibake, dirt.double_escaped, dirt.zero_width, dirt.control, dirt.decomposed, dirt.spaced)


@pytest.mark.parametrize("spoil", CHANGING)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1), number=st.integers(0, 9))
def test_what_goes_bad_differs_from_what_was_good(spoil: object, text: str, number: int) -> None:
    assert callable(spoil)
    soiled = spoil(text, number)
    assert soiled is not None
    dirty, clean = soiled
    assert dirty != clean


@pytest.mark.parametrize("text", ["Müller", "plain", "日本", "Ídolo", "naïve Ýr"])
def test_mojibake_goes_back_to_the_clean_text(text: str) -> None:
    for spoil in (dirt.mojibake, dirt.name_mojibake):
        soiled = spoil(text, 0)
        assert soiled is not None
        dirty, clean = soiled
        assert dirty is not None
        assert dirty.encode("cp1252").decode() == clean


def test_soil_spoils_allotted_cells_and_nothing_else() -> None:
    frame = pl.DataFrame({"a": ["x", "y", None, "z"], "b": ["1", "2", "3", "4"]})
    traps = {"p": (CellTrap("a", dirt.always("dirty", "clean")), CellTrap("b", dirt.always("other", None)))}
    spoilt, cells = dirt.soil(frame, pl.Series([0, 1, 2, 3]), pl.Series(["p", None, "p", "unknown"]), traps)
    assert spoilt.rows() == [("dirty", "1"), ("y", "2"), (None, "other"), ("z", "4")]
    assert cells.rows() == [("p", "a", "dirty", "clean"), (None,) * 4, ("p", "b", "other", None), (None,) * 4]
    assert frame["a"].to_list() == ["x", "y", None, "z"]


def test_a_trap_that_does_not_apply_leaves_no_trace() -> None:
    frame = pl.DataFrame({"email": ["no address"]})
    spoilt, cells = dirt.soil(frame, pl.Series([0]), pl.Series(["p"]), {"p": (CellTrap("email", dirt.shouted),)})
    assert spoilt.equals(frame)
    assert cells.row(0) == (None,) * 4
