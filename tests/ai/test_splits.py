from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.ai.splits import groups, split

_START = datetime(2026, 1, 1)
_WORLD = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 90), st.integers(0, 9), st.booleans()), min_size=1, max_size=40)


def _conversations(world: list[tuple[int, int, int, bool]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        (f"c{number:03}", f"p{person}", _START + timedelta(days=day, seconds=number), is_example)
        for number, (person, day, _, is_example) in enumerate(world)
    ]
    schema = pl.Schema(
        {"conversation_id": pl.String(), "customer_id": pl.String(), "started_at": pl.Datetime("us"), "is_example": pl.Boolean()}
    )
    # Clusters above 6 stand for texts that are like no other.
    alike = [(f"c{number:03}", cluster if cluster < 3 else 100 + number) for number, (_, _, cluster, _) in enumerate(world)]
    clusters = pl.DataFrame(alike, schema={"conversation_id": pl.String, "cluster": pl.UInt32}, orient="row")
    return pl.DataFrame(rows, schema=schema, orient="row"), clusters


def _split(rows: pl.DataFrame, clusters: pl.DataFrame) -> tuple[pl.DataFrame, datetime | None]:
    made = split(rows, groups(rows, [clusters]), test=0.15, validation=0.15)
    return made.rows.join(rows, on="conversation_id").join(clusters, on="conversation_id"), made.test_from


@given(_WORLD)
def test_splits_share_nothing_and_test_is_newest(world: list[tuple[int, int, int, bool]]) -> None:
    found, cut = _split(*_conversations(world))
    assert found.height == len(world)
    placed = found.drop_nulls("split")
    for column in ("customer_id", "cluster", "group_id"):
        assert placed.group_by(column).agg(pl.col("split").n_unique())["split"].max() in (None, 1)
    if cut is not None:
        assert placed.filter(pl.col("split") != "test").filter(pl.col("started_at") >= cut).is_empty()


@given(_WORLD, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(world: list[tuple[int, int, int, bool]], dice: object) -> None:
    rows, clusters = _conversations(world)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=dice.randrange(1000))  # type: ignore[attr-defined]
    assert _split(rows, clusters)[0].equals(_split(shuffled, clusters.reverse())[0].sort("conversation_id"))


def test_a_world_of_any_size_fills_all_three() -> None:
    world = [(person, person, 9, True) for person in range(12)]
    found, cut = _split(*_conversations(world))
    assert found["split"].value_counts().sort("split").rows() == [("test", 2), ("train", 6), ("validation", 4)]
    assert cut == _START + timedelta(days=10, seconds=10)


def test_the_cut_of_before_holds_while_test_keeps_its_share() -> None:
    rows, clusters = _conversations([(person, person, 9, True) for person in range(12)])
    grouped = groups(rows, [clusters])
    before = _START + timedelta(days=9)
    assert split(rows, grouped, test=0.15, validation=0.15, test_from=before).test_from == before
    assert split(rows, grouped, test=0.15, validation=0.15, test_from=_START).test_from == _START + timedelta(days=10, seconds=10)


def test_a_group_too_large_for_test_leaves_out_what_is_younger_than_the_cut() -> None:
    rows, clusters = _conversations([(0, day, 9, True) for day in range(8)] + [(person, 7, 9, True) for person in range(1, 5)])
    found, cut = _split(rows, clusters)
    assert cut is not None
    large = found.filter(customer_id="p0")
    assert set(large["split"]) <= {"train", None}
    assert large.filter(pl.col("started_at") >= cut)["split"].null_count() == large.filter(pl.col("started_at") >= cut).height
