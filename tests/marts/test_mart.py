"""A mart is one file: what its header may say, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cx_pipeline.errors import InternalError
from cx_pipeline.marts.catalogue import GIVEN, in_order, marts
from cx_pipeline.marts.mart import read

TEXT = """\
-- One row: a thing,
-- told in two lines.
-- key: thing_id
-- order: seen_at, thing_id
-- reads: main.interactions,
--   marts.replies
-- columns:
--   thing_id VARCHAR: Which.
--   seen_at TIMESTAMP: When it was
--     seen. [UTC]
--   amount DECIMAL(18,4): How much, at [least]. [EUR]
-- holds:
--   is_something: amount > 0
--     AND seen_at IS NOT NULL
SELECT 1 -- not FROM main.messages
FROM main.interactions JOIN marts.replies USING (interaction_id);
"""


def _read(folder: Path, text: str, name: str = "things") -> object:
    (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return read(folder / f"{name}.sql")


def test_the_header_tells_everything(tmp_path: Path) -> None:
    (tmp_path / "things.sql").write_text(TEXT, encoding="utf-8")
    mart = read(tmp_path / "things.sql")
    assert (mart.id, mart.description) == ("marts.things", "One row: a thing, told in two lines.")
    assert (mart.key, mart.order_by) == (("thing_id",), ("seen_at", "thing_id"))
    assert mart.reads == ("main.interactions", "marts.replies")
    assert [(column.name, column.type, column.comment) for column in mart.columns] == [
        ("thing_id", "VARCHAR", "Which."),
        ("seen_at", "TIMESTAMP", "When it was seen. Unit: UTC."),
        ("amount", "DECIMAL(18,4)", "How much, at [least]. Unit: EUR."),
    ]
    assert mart.holds == (("is_something", "amount > 0 AND seen_at IS NOT NULL"),)
    assert mart.query.order_by == ("seen_at", "thing_id")
    assert replace(mart, is_view=True).query.order_by == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("-- One row: a thing,\n-- told in two lines.\n", "", "no description"),
        ("-- key: thing_id", "-- key: other_id", "key is no column"),
        ("-- order: seen_at", "-- order: gone_at", "order is no column"),
        ("--   marts.replies\n", "", "reads otherwise than declared: marts.replies"),
        ("JOIN marts.replies", "JOIN marts.others", "marts.others, marts.replies"),
        ("seen_at TIMESTAMP", "thing_id TIMESTAMP", "declared twice"),
        ("seen_at TIMESTAMP", "seen_at timestamp", "is declared as"),
        ("SELECT 1", "DELETE", "no SELECT"),
        ("is_something: amount", "Something amount", "what holds of a mart"),
    ],
)
def test_what_is_not_declared_well_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(InternalError, match=told):
        _read(tmp_path, TEXT.replace(old, new))


def test_each_comes_after_what_it_reads() -> None:
    seen = {item.id for item in GIVEN}
    for mart in in_order(list(reversed(marts().values()))).values():
        assert {name for name in mart.reads if name.startswith("marts.")} <= seen
        seen.add(mart.id)


def test_circles_and_gaps_are_refused() -> None:
    one = marts()["replies"]
    with pytest.raises(InternalError, match="circle"):
        in_order([replace(one, name="a", reads=("marts.b",)), replace(one, name="b", reads=("marts.a",))])
    with pytest.raises(InternalError, match=r"marts\.nowhere"):
        in_order([replace(one, reads=("marts.nowhere",))])


def test_every_mart_has_a_test_of_its_own() -> None:
    folder = Path(__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("test_*.py") if path.name != Path(__file__).name]
    assert [name for name in marts() if not any(f"marts.{name}" in text for text in texts)] == []
