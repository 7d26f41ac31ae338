"""Clusters that hold together."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.linkage import UNCOMPARED, Guards, Joined, clipped, join

Edge = tuple[int, int, float]


def joined(
    nodes: int,
    *edges: Edge,
    apart: tuple[tuple[int, int], ...] = (),
    sources: tuple[tuple[int, int], ...] = (),
    largest: int = 1_000,
    at_least: float = 0.0,
    sizes: list[int] | None = None,
) -> Joined:
    """Edges by the weight of a pair of records."""
    counted = [(left, right, weight - UNCOMPARED) for left, right, weight in edges]
    guards = Guards(
        pl.DataFrame(apart, schema={"left": pl.Int64, "right": pl.Int64}, orient="row"),
        pl.DataFrame(sources, schema={"node": pl.Int64, "source": pl.Int64}, orient="row"),
        largest,
    )
    table = pl.DataFrame(counted, schema={"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64}, orient="row")
    return join(nodes, np.array(sizes or [1] * nodes), table, guards, at_least=at_least)


def labels(found: Joined) -> list[int]:
    return [int(label) for label in found.label]


def dense(*nodes: int, weight: float = 8.0) -> list[Edge]:
    return [(one, other, weight) for one, other in combinations(nodes, 2)]


def test_what_agrees_joins_and_what_does_not_stays() -> None:
    found = joined(5, (0, 1, 5.0), (2, 3, -0.5), (3, 4, 0.0))
    assert labels(found) == [0, 0, 2, 3, 3]
    assert found.weakest.tolist() == [5.0, 5.0, np.inf, 0.0, 0.0]


def test_a_bridge_between_two_dense_groups_is_cut() -> None:
    found = joined(8, *dense(0, 1, 2, 3), *dense(4, 5, 6, 7), (3, 4, 7.0))
    assert labels(found) == [0, 0, 0, 0, 4, 4, 4, 4]
    assert found.weakest.tolist() == [8.0] * 8


def test_two_groups_that_agree_on_average_join() -> None:
    across = [(one, other, 1.0) for one in (0, 1) for other in (2, 3)]
    found = joined(4, (0, 1, 9.0), (2, 3, 9.0), *across)
    assert labels(found) == [0, 0, 0, 0]
    assert found.weakest.tolist() == pytest.approx([1.0] * 4)


@pytest.mark.parametrize(("weight", "label"), [(3.0, 0), (2.9, 2)])
def test_pairs_that_were_not_compared_count_against(weight: float, label: int) -> None:
    """Of two pairs between {0, 1} and 2 one was compared: the average is half of what it weighs and half of `UNCOMPARED`."""
    assert labels(joined(3, (0, 1, 9.0), (1, 2, weight))) == [0, 0, label]


def test_the_threshold_is_an_average() -> None:
    edges = [(0, 1, 9.0), (0, 2, 4.0), (1, 2, 2.0)]
    assert labels(joined(3, *edges, at_least=3.0)) == [0, 0, 0]
    assert labels(joined(3, *edges, at_least=3.1)) == [0, 0, 2]


def test_the_best_joins_first() -> None:
    assert labels(joined(3, (0, 1, 4.0), (1, 2, 5.0), (0, 2, -9.0))) == [0, 1, 1]


def test_of_equal_ones_the_smallest_pair_joins() -> None:
    assert labels(joined(3, (1, 2, 4.0), (0, 1, 4.0), (0, 2, -9.0))) == [0, 0, 2]


def test_what_is_kept_apart_stays_apart_whatever_lies_between() -> None:
    assert labels(joined(2, (0, 1, 12.0), apart=((1, 0),))) == [0, 1]
    found = labels(joined(4, *dense(0, 1, 2, 3, weight=12.0), apart=((0, 3),)))
    assert found[0] != found[3]
    # Also where the pair was never compared.
    assert labels(joined(3, (0, 1, 9.0), (1, 2, 8.0), apart=((0, 2),))) == [0, 0, 2]


def test_a_source_without_duplicates_has_one_record_in_a_cluster() -> None:
    edges = dense(0, 1, 2, weight=9.0)
    assert labels(joined(3, *edges, sources=((0, 0), (1, 1)))) == [0, 0, 0]
    found = labels(joined(3, *edges, sources=((0, 5), (2, 5))))
    assert found[0] != found[2]
    # A record of many such sources, and sources beyond the first word of bits.
    assert labels(joined(2, (0, 1, 9.0), sources=((0, 3), (0, 70), (1, 70)))) == [0, 1]
    assert labels(joined(2, (0, 1, 9.0), sources=((0, 6), (1, 70)))) == [0, 0]


def test_a_cluster_keeps_the_sources_of_all_that_joined_it() -> None:
    found = labels(joined(3, (0, 1, 9.0), (1, 2, 9.0), (0, 2, 9.0), sources=((1, 0), (2, 0))))
    assert found in ([0, 0, 2], [0, 1, 0])


@pytest.mark.parametrize(("largest", "expected"), [(4, [4]), (3, [1, 3]), (2, [2, 2])])
def test_no_cluster_grows_beyond_the_largest(largest: int, expected: list[int]) -> None:
    found = joined(4, *dense(0, 1, 2, 3), largest=largest)
    sizes = sorted(np.bincount(found.label)[np.unique(found.label)].tolist())
    assert sizes[-1] <= largest
    assert sum(sizes) == 4
    assert len(sizes) >= len(expected)


def test_nodes_count_as_the_records_they_stand_for() -> None:
    assert labels(joined(2, (0, 1, 9.0), sizes=[2, 2], largest=3)) == [0, 1]
    # Of four pairs of records one was compared: it has to outweigh the other three.
    assert labels(joined(2, (0, 1, 8.9), sizes=[2, 2])) == [0, 1]
    assert labels(joined(2, (0, 1, 9.0), sizes=[2, 2])) == [0, 0]


def test_nothing_to_join() -> None:
    assert labels(joined(0)) == []
    found = joined(3)
    assert labels(found) == [0, 1, 2]
    assert found.weakest.tolist() == [np.inf] * 3


def test_no_pair_counts_more_than_its_share() -> None:
    weights = pl.DataFrame({"weight": [-99.0, -3.5, 0.0, 7.25, 99.0]})
    assert weights.select(clipped(pl.col("weight"))).to_series().to_list() == [-12.0, -3.5, 0.0, 7.25, 12.0]


edges_of_a_crowd = st.dictionaries(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-16, 24).map(lambda quarter: quarter / 2),
    max_size=24,
)
kept_apart = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]), max_size=3)


@given(edges_of_a_crowd, kept_apart, st.randoms(use_true_random=False))
def test_the_order_of_edges_and_of_their_ends_changes_nothing(
    weights: dict[tuple[int, int], float], apart: set[tuple[int, int]], dice: random.Random
) -> None:
    edges = [(*pair, weight) for pair, weight in weights.items()]
    shuffled = [(right, left, weight) if dice.random() < 0.5 else (left, right, weight) for left, right, weight in edges]
    dice.shuffle(shuffled)
    one, other = joined(9, *edges, apart=tuple(sorted(apart))), joined(9, *shuffled, apart=tuple(sorted(apart, reverse=True)))
    assert labels(one) == labels(other)
    assert one.weakest.tolist() == pytest.approx(other.weakest.tolist())


@given(edges_of_a_crowd, kept_apart, st.integers(2, 9))
def test_no_cluster_is_what_it_must_not_be(
    weights: dict[tuple[int, int], float], apart: set[tuple[int, int]], largest: int
) -> None:
    held = ((0, 0), (4, 0), (8, 0))
    found = joined(9, *((*pair, weight) for pair, weight in weights.items()), apart=tuple(apart), sources=held, largest=largest)
    assert all(found.label[left] != found.label[right] for left, right in apart)
    assert len({found.label[node] for node, _ in held}) == 3
    assert np.bincount(found.label).max() <= largest
    for label in np.unique(found.label):
        members = np.flatnonzero(found.label == label)
        assert label == members.min()
        told = [weights.get((one, other), UNCOMPARED) for one, other in combinations(members.tolist(), 2)]
        assert np.isinf(found.weakest[members]).all() == (len(members) == 1)
        # The poorest joint holds, so what all pairs of it weigh on average does.
        assert not told or np.mean(told) >= -1e-6
