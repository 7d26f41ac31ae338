"""Statements about pairs hold; where they contradict each other, records stay apart."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.overrides import BOTH, CHAIN, Statement, settle


def said(pairs: str) -> list[Statement]:
    """`ab bc`: a is b, b is c."""
    return [Statement(min(pair), max(pair), "a test") for pair in pairs.split()]


@pytest.mark.parametrize(
    ("same", "different", "kept", "aside"),
    [
        ("", "", "", []),
        ("ab bc", "", "ab bc", []),
        ("ab", "cd", "ab", []),
        ("ab", "ab", "", [("ab", BOTH)]),
        ("ab bc", "ac", "ab", [("bc", CHAIN)]),
        ("bc ab", "ac", "bc", [("ab", CHAIN)]),
        ("ab cd bc", "ad", "ab cd", [("bc", CHAIN)]),
        ("ab ab", "", "ab", []),
        ("ab bc ac", "", "ab bc ac", []),
        ("ab bc cd de", "ae", "ab bc cd", [("de", CHAIN)]),
        ("ab cd ef ad cf", "be", "ab cd ef ad", [("cf", CHAIN)]),
    ],
)
def test_the_first_stand_and_the_one_that_closes_the_chain_does_not(
    same: str, different: str, kept: str, aside: list[tuple[str, str]]
) -> None:
    found = settle(said(same), {(pair[0], pair[1]) for pair in different.split()})
    assert found.must_link.rows() == sorted((pair[0], pair[1]) for pair in set(kept.split()))
    assert found.cannot_link.rows() == sorted((pair[0], pair[1]) for pair in different.split())
    assert found.set_aside.rows() == [(pair[0], pair[1], "a test", reason) for pair, reason in sorted(aside)]


pairs = st.lists(st.sampled_from(list(combinations("abcdefgh", 2))))


@settings(max_examples=40)
@given(pairs, pairs, st.randoms(use_true_random=False))
def test_no_chain_of_must_links_ever_joins_what_must_stay_apart(
    same: list[tuple[str, str]], different: list[tuple[str, str]], shuffler: random.Random
) -> None:
    found = settle([Statement(*pair, "") for pair in same], set(different))
    kept, aside = set(found.must_link.rows()), {row[:2] for row in found.set_aside.rows()}
    assert kept | aside == set(same)
    reach = _components(kept)
    assert not [pair for pair in different if reach[pair[0]] == reach[pair[1]]]
    for left, right in aside - set(different):  # each is set aside for a reason: with it, some pair would be joined
        with_it = _components(kept | {(left, right)})
        assert [pair for pair in different if with_it[pair[0]] == with_it[pair[1]]]
    shuffled = list(different)
    shuffler.shuffle(shuffled)
    again = settle([Statement(*pair, "") for pair in same], set(shuffled))
    assert [one.equals(other) for one, other in zip(found, again, strict=True)] == [True] * 3


def _components(links: set[tuple[str, str]]) -> dict[str, str]:
    group = {record: record for record in "abcdefgh"}
    for _ in group:
        for left, right in links:
            group[left] = group[right] = min(group[left], group[right])
    return group
