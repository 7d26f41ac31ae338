"""Linked records are one person, over any number of steps."""

from __future__ import annotations

import random
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.clusters import SINGLE, cluster

Link = tuple[str, str, str]


def clusters(records: list[str], *links: Link) -> dict[str, str]:
    found = _cluster(records, *links)
    assert found["record"].to_list() == sorted(records)
    return dict(found.select("record", "cluster").rows())


def _cluster(records: list[str], *links: Link) -> pl.DataFrame:
    edges = pl.DataFrame(list(links), schema={"left": pl.String, "right": pl.String, "rule": pl.String}, orient="row")
    return cluster(pl.Series("record", records, dtype=pl.String), edges)


def test_records_without_links_stand_alone() -> None:
    found = _cluster(["b", "a"])
    assert found.rows() == [("a", "a", SINGLE, 1.0), ("b", "b", SINGLE, 1.0)]


def test_nobody_gives_no_clusters() -> None:
    assert _cluster([]).rows() == []


def test_links_reach_over_steps() -> None:
    links = [("a", "b", "email"), ("b", "c", "phone"), ("d", "e", "merged")]
    assert clusters(list("abcdef"), *links) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "d", "f": "f"}


def test_a_survivor_that_was_never_delivered_still_joins() -> None:
    found = _cluster(["b", "c"], ("a", "b", "merged"), ("a", "c", "merged"))
    assert found.select("record", "cluster").rows() == [("b", "a"), ("c", "a")]


@pytest.mark.parametrize(
    ("rules", "named", "confidence"),
    [
        (["merged"], "merged", 1.0),
        (["email", "phone"], "email+phone", 0.95),
        (["phone", "phone"], "phone", 0.95),
        (["merged", "external_id", "email"], "email+external_id+merged", 0.98),
    ],
)
def test_a_cluster_names_its_rules_and_is_as_sure_as_the_weakest(rules: list[str], named: str, confidence: float) -> None:
    links = [(f"r{number}", f"r{number + 1}", rule) for number, rule in enumerate(rules)]
    found = _cluster([f"r{number}" for number in range(len(rules) + 1)], *links)
    assert set(found.select("rule", "confidence").rows()) == {(named, confidence)}


edges = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14), st.sampled_from(["email", "phone", "merged"])), max_size=20)


@given(edges, st.randoms(use_true_random=False))
def test_clusters_are_the_connected_records_in_any_order(given: list[tuple[int, int, str]], shuffler: random.Random) -> None:
    links = [(f"r{min(a, b):02}", f"r{max(a, b):02}", rule) for a, b, rule in given if a != b]
    records = [f"r{number:02}" for number in range(15)]
    shuffled, others = list(links), list(records)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(others)
    assert _cluster(records, *links).equals(_cluster(others, *shuffled))
    assert clusters(records, *links) == _by_flooding(records, links)


def _by_flooding(records: list[str], links: list[Link]) -> dict[str, str]:
    """The same by the slow and obvious way: hand the smallest key on until nothing changes."""
    smallest = {record: record for record in records}
    changed = True
    while changed:
        changed = False
        for left, right, _ in links:
            least = min(smallest[left], smallest[right])
            changed = changed or {smallest[left], smallest[right]} != {least}
            smallest[left] = smallest[right] = least
    return smallest


def test_a_chain_of_a_hundred_thousand_records_is_one_person() -> None:
    records = [f"r{number:06}" for number in range(100_000)]
    edges = pl.DataFrame({"left": records[:-1], "right": records[1:], "rule": "email"})
    found = cluster(pl.Series("record", records), edges)
    assert Counter(found["cluster"]) == {"r000000": 100_000}
