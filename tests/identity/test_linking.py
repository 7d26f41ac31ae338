"""Rules, weights and clusters together: groups that contradict themselves are opened, and what is left to people."""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.linking import Evidence, Linked, link
from cx_pipeline.settings.identity import Identity
from tests.identity.persons import Row, compared, crowd

_PAIR = {"left": pl.Int64, "right": pl.Int64}
MAIL, NUMBER = "egans@lark.example.net", "+353865550123"


def pairs(*told: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(told, schema=_PAIR, orient="row")


def linked(
    *rows: Row,
    identifiers: tuple[tuple[int, str, str], ...] = (),
    merged: tuple[tuple[int, int], ...] = (),
    must: tuple[tuple[int, int], ...] = (),
    cannot: tuple[tuple[int, int], ...] = (),
    limits: Identity | None = None,
) -> Linked:
    known = compared(*rows)
    told = pl.DataFrame(identifiers, schema={"record": pl.Int64, "kind": pl.String, "value": pl.String}, orient="row")
    evidence = Evidence(known, told, pairs(*merged).with_columns(rule=pl.lit("merged")), pairs(*must), pairs(*cannot))
    return link(evidence, limits or Identity(), fits=False)


def clusters(found: Linked) -> list[int]:
    return found.clusters.sort("record")["cluster"].to_list()


def test_each_record_under_an_identifier_is_linked_with_the_smallest() -> None:
    found = linked({}, {}, {}, {}, identifiers=tuple((record, "email", MAIL) for record in (3, 1, 2)))
    assert clusters(found) == [0, 1, 1, 1]
    assert found.links.select("left", "right", "rule").rows() == [(1, 2, "email"), (1, 3, "email")]
    assert found.clusters["confidence"].to_list() == [1.0, 0.98, 0.98, 0.98]
    assert found.clusters["rule"].to_list() == ["single", "email", "email", "email"]


def test_rules_chain_and_the_weakest_one_is_how_sure_it_is() -> None:
    found = linked({}, {}, {}, identifiers=((0, "email", MAIL), (1, "email", MAIL), (1, "phone", NUMBER), (2, "phone", NUMBER)))
    assert clusters(found) == [0, 0, 0]
    assert set(found.clusters.select("rule", "confidence").rows()) == {("email+phone", 0.95)}


def test_what_a_vendor_merged_is_one_person() -> None:
    found = linked({}, {}, {}, merged=((2, 0),))
    assert clusters(found) == [0, 1, 0]
    assert found.links.select("left", "right", "rule", "probability").rows() == [(0, 2, "merged", 1.0)]


def test_a_group_that_names_two_people_is_opened() -> None:
    """A merge that joins what names contradict does not hold, nor do the other links of its group."""
    rows: list[Row] = [{"full_name": "Pauline Egan"}, {"full_name": "Marcus Thorne"}, {}]
    assert clusters(linked(*rows[1:], merged=((0, 1),))) == [0, 0]
    found = linked(*rows, merged=((0, 1), (1, 2)))
    assert clusters(found) == [0, 1, 2]
    assert found.links.is_empty()


def test_what_a_person_decided_holds_in_a_group_that_was_opened() -> None:
    rows: list[Row] = [{"full_name": "Pauline Egan"}, {"full_name": "Marcus Thorne"}, {"full_name": "Ingrid Solberg"}]
    found = linked(*rows, merged=((1, 2),), must=((0, 1),))
    assert clusters(found) == [0, 0, 2]
    assert found.links.select("left", "right", "rule").rows() == [(0, 1, "decided")]


def test_who_is_kept_apart_opens_the_group_and_is_not_joined_again() -> None:
    identifiers = tuple((record, "email", MAIL) for record in range(3))
    rows: list[Row] = [{"full_name": "Ada Quennell", "email": MAIL}] * 3
    found = clusters(linked(*rows, identifiers=identifiers, cannot=((0, 2),)))
    assert found[0] != found[2]


def test_a_source_without_duplicates_opens_the_group() -> None:
    rows: list[Row] = [{"source": "crm"}, {"source": "crm"}, {"source": "desk"}]
    identifiers = tuple((record, "email", MAIL) for record in range(3))
    assert clusters(linked(*rows, identifiers=identifiers)) == [0, 0, 0]
    one_each = Identity(sources_without_duplicates=frozenset({"crm", "desk"}))
    assert clusters(linked(*rows, identifiers=identifiers, limits=one_each)) == [0, 1, 2]
    assert clusters(linked(*rows[1:], identifiers=identifiers[:2], limits=one_each)) == [0, 0]


def test_an_identifier_of_a_crowd_is_told_and_joins_nobody() -> None:
    rows: list[Row] = [{"full_name": f"{name} Egan"} for name in ("Pauline", "Marcus", "Ingrid", "Yusuf")]
    found = linked(*rows, identifiers=tuple((record, "email", MAIL) for record in range(4)))
    assert clusters(found) == [0, 1, 2, 3]
    assert found.crowded.rows() == [("email", MAIL, 4)]


ADA: Row = {"full_name": "Ada Quennell", "date_of_birth": "1984-03-17", "street": "12 Harbour Street", "postcode": "48213"}
ADDA: Row = {**ADA, "full_name": "Adda Quennell"}


def test_who_agrees_but_must_not_join_is_left_to_a_person() -> None:
    found = linked(ADA, ADDA, *crowd(20), limits=Identity(sources_without_duplicates=frozenset({""})))
    assert found.review.select("left", "right", "reason").rows() == [(0, 1, "weak_bridge")]
    assert 0.5 < found.review["probability"][0] <= 1
    assert clusters(found)[:2] == [0, 1]


def test_what_a_person_decided_is_not_asked_again() -> None:
    found = linked(ADA, ADDA, *crowd(20), cannot=((1, 0),))
    assert found.review.is_empty()
    assert clusters(found)[:2] == [0, 1]
    # Nor is a third record of one of them, as what joins it joins the two.
    third = linked(ADA, ADDA, ADDA, *crowd(20), cannot=((0, 1),), identifiers=((1, "email", MAIL), (2, "email", MAIL)))
    assert third.review.is_empty()
    assert clusters(third)[:3] == [0, 1, 1]


def test_no_records() -> None:
    found = linked()
    assert found.clusters.is_empty()
    assert found.links.is_empty()
    assert found.review.is_empty()
