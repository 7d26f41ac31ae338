from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from cx_pipeline.ai.repeats import repeats, said

_BASE = "the desk that I ordered in May has still not been delivered to my house so please help me today or call me"
_NEAR = f"{_BASE} back"
_FAR = "a refund of twelve euros was promised by your colleague and never came to my account in all this time"
_DAY = datetime(2026, 1, 1)
_SCHEMA = pl.Schema({"id": pl.String(), "owner": pl.String(), "at": pl.Datetime("us"), "text": pl.String()})


def _items(*rows: tuple[str, str | None, int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, owner, _DAY + timedelta(days=day), text) for name, owner, day, text in rows], schema=_SCHEMA, orient="row"
    ).with_columns(said(pl.col("text")).alias("said"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("b", "p", 2, _BASE), ("a", "p", 1, _BASE)], [("a", "b", "exact")]),
        ([("b", "p", 1, _BASE), ("a", "p", 1, _BASE)], [("a", "b", "exact")]),
        ([("a", "p", 1, _BASE), ("b", "p", 2, _BASE.upper() + "!")], [("a", "b", "exact")]),
        ([("a", "p", 1, _BASE), ("b", "p", 2, _NEAR)], [("a", "b", "near")]),
        ([("a", "p", 1, _NEAR), ("b", "p", 2, _BASE), ("c", "p", 3, _BASE)], [("a", "b", "near"), ("a", "c", "near")]),
        ([("a", "p", 1, _BASE), ("b", "p", 2, _NEAR), ("c", "p", 3, _NEAR)], [("a", "b", "near"), ("a", "c", "near")]),
        ([("a", "p", 1, _BASE), ("b", "q", 2, _BASE), ("c", "q", 3, _NEAR)], [("b", "c", "near")]),
        ([("a", "p", 1, _BASE), ("b", "p", 2, _FAR)], []),
        ([("a", None, 1, _BASE), ("b", None, 2, _BASE)], []),
    ],
)
def test_copies_of_one_person_give_way_to_the_earliest(
    rows: list[tuple[str, str | None, int, str]], expected: list[tuple[str, str, str]]
) -> None:
    assert repeats(_items(*rows)).decisions.select("kept", "removed", "method").rows() == expected


def test_letters_of_several_people_are_a_template_and_stay() -> None:
    found = repeats(_items(("a", "p", 1, _BASE), ("b", "q", 2, _NEAR), ("c", "r", 3, _FAR)))
    assert found.decisions.is_empty()
    assert dict(found.clusters.select("id", "people").iter_rows()) == {"a": 2, "b": 2, "c": 1}
    clusters = dict(found.clusters.select("id", "cluster").iter_rows())
    assert clusters["a"] == clusters["b"] != clusters["c"]


def test_what_is_kept_stays_kept() -> None:
    words = [f"word{number}" for number in range(40)]
    texts = [" ".join(words[start : start + 32]) for start in range(0, 9, 2)]  # each like its neighbours alone
    found = repeats(_items(*((f"i{number}", "p", number, text) for number, text in enumerate(texts))))
    assert found.clusters["cluster"].n_unique() == 1
    assert not set(found.decisions["kept"]) & set(found.decisions["removed"])
    assert (found.decisions["jaccard"] >= 0.8).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    items = _items(("a", "p", 1, _BASE), ("b", "p", 2, _NEAR), ("c", "q", 3, _BASE), ("d", "q", 3, _NEAR), ("e", "r", 1, _FAR))
    once, again = repeats(items), repeats(items.sample(fraction=1, shuffle=True, seed=seed))
    assert once.decisions.equals(again.decisions)
    assert once.clusters.equals(again.clusters)
