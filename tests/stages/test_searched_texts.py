"""What the build searched is told to the gate and to the next night, under the program that searched."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.searched import NOTHING, Searched
from cx_pipeline.stages import searched_texts as subject
from cx_pipeline.stages.last_pass import last_pass
from cx_pipeline.stages.searched_texts import FOLDER, cleared, keep, searched


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture(scope="module")
def known() -> Needles:
    return needles(pl.DataFrame({"kind": ["name", "email"], "value": ["Ada King", "ada@king.io"]}))


def rows(*texts: str | None) -> pl.DataFrame:
    ids = [str(number) for number in range(len(texts))]
    return pl.DataFrame({"row_id": ids, "text_masked": pl.Series(texts, dtype=pl.String)})


def test_nothing_is_kept_at_first_or_where_nobody_is_known(layout: Layout, known: Needles) -> None:
    assert cleared(layout) is NOTHING
    assert searched(layout, None) is None
    keep(layout, None)
    assert not (layout.lake_clean / FOLDER).exists()
    fresh = searched(layout, known)
    assert fresh is not None
    assert fresh.doubtful(pl.Series(["all is well"])).to_list() == [0]


def test_what_the_last_pass_left_is_known_and_what_it_hit_is_not(layout: Layout, known: Needles) -> None:
    made = searched(layout, known)
    assert made is not None
    swept = last_pass(rows("all is well", None, "Ada King called", "all is well"), made)
    assert swept["text_masked"].to_list() == ["all is well", None, "[OTHER_NAME] called", "all is well"]
    keep(layout, made)
    again = Searched(known, cleared(layout))
    assert again.doubtful(pl.Series(["all is well", "Ada King called", "[OTHER_NAME] called"])).to_list() == [1, 2]
    assert again.doubtful(pl.Series(["0"])).to_list() == [0]  # ids are not looked at by the last pass


def test_a_second_night_says_the_same_and_forgets_what_is_gone(layout: Layout, known: Needles) -> None:
    for texts in (("a text", "b text"), ("b text", "Ada King")):
        made = searched(layout, known)
        assert made is not None
        last = last_pass(rows(*texts), made)
        assert last_pass(rows(*texts), Searched(known)).equals(last)
        keep(layout, made)
    assert Searched(known, cleared(layout)).doubtful(pl.Series(["a text", "b text"])).to_list() == [0]


def test_another_program_searches_anew_and_clears_up(layout: Layout, known: Needles, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Searched(known)
    made.add(pl.Series(["a text"]))
    keep(layout, made)
    monkeypatch.setattr(subject, "program", lambda: "another")
    assert cleared(layout) is NOTHING
    keep(layout, made)
    folder = layout.lake_clean / FOLDER
    assert [path.name for path in folder.iterdir()] == ["another"]
    assert {path.stat().st_mode & 0o077 for path in [folder, *folder.iterdir()]} == {0}


@pytest.mark.parametrize("name", ["texts.parquet", "needles.parquet"])
def test_what_is_damaged_is_searched_anew(layout: Layout, known: Needles, name: str) -> None:
    made = Searched(known)
    made.add(pl.Series(["a text"]))
    keep(layout, made)
    [folder] = (layout.lake_clean / FOLDER).iterdir()
    (folder / name).write_bytes(b"")
    assert cleared(layout) is NOTHING
    keep(layout, made)
    assert Searched(known, cleared(layout)).doubtful(pl.Series(["a text"])).to_list() == []
