"""Every rule of every table: a good row passes, and a row that is bad in one way breaks that rule and no other."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.split import Split, split
from cx_pipeline.contracts.table import Table
from tests.contracts.known_rows import bad_row, declared, frame_of, good_row

TABLES = list(tables().values())
RULES = [pytest.param(table, rule, id=rule.id) for table in TABLES for rule in table.rules]
PRESENCE_OF_TEXTS = [
    pytest.param(table, rule, id=rule.id)
    for table in TABLES
    for rule in table.rules
    if rule.id.endswith("_missing") and table.lake_schema[rule.columns[0]] == pl.String()
]


@cache
def _trial(table: Table) -> tuple[pl.DataFrame, Split]:
    """The good row and, for every rule, its bad row in one batch; `_bad` names the rule, empty for the good row."""
    rows = [good_row(table), *(bad_row(table, rule) for rule in table.rules)]
    frame = frame_of(table, rows).with_columns(pl.Series("_bad", ["", *(rule.id for rule in table.rules)]))
    return frame, split(frame, table)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_good_row_passes_unchanged(table: Table) -> None:
    frame, outcome = _trial(table)
    assert outcome.good.filter(pl.col("_bad") == "").equals(frame.head(1))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_rule_is_broken_by_its_own_bad_row_and_no_other(table: Table) -> None:
    assert _trial(table)[1].counts == {rule.id: 1 for rule in table.rules}


@pytest.mark.parametrize(("table", "rule"), RULES)
def test_a_bad_row_gets_what_its_rule_says(table: Table, rule: RowRule) -> None:
    frame, outcome = _trial(table)
    before, stayed, left = (part.filter(pl.col("_bad") == rule.id) for part in (frame, outcome.good, outcome.quarantined))
    if rule.action is Action.QUARANTINE:
        assert stayed.is_empty()
        assert left.drop("reasons").equals(before)
        assert left["reasons"].to_list() == [[{"rule": rule.id, "column": rule.columns[0], "severity": "error"}]]
        return
    assert left.is_empty()
    assert stayed["dq_flags"].to_list() == [[rule.flag]]
    assert {name for name in before.columns if not stayed[name].equals(before[name])} - {"dq_flags"} <= set(rule.repair)
    for name, value in rule.repair.items():
        assert stayed[name].equals(before.select(value.alias(name)).to_series())


@pytest.mark.parametrize(("table", "rule"), PRESENCE_OF_TEXTS)
def test_an_empty_text_is_missing(table: Table, rule: RowRule) -> None:
    frame = frame_of(table, [good_row(table) | {rule.columns[0]: ""}])
    assert frame.select(rule.check).to_series().to_list() == [False]


def test_no_bad_row_outlives_its_rule() -> None:
    assert declared() <= {rule.id for table in TABLES for rule in table.rules}


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        ({"kind": "phone", "value": "+31201234567", "value_domain": None}, None),
        ({"kind": "phone", "value": "+0201234567", "value_domain": None}, "phone_malformed"),
        ({"kind": "phone", "value": "+31 20 1234567", "value_domain": None}, "phone_malformed"),
        ({"kind": "phone", "value": "3232323", "value_domain": None, "is_placeholder": True}, None),
        ({"kind": "email", "value": "ann"}, "email_malformed"),
        ({"kind": "email", "value": "@example.org"}, "email_malformed"),
        ({"kind": "email", "value": "a b@example.org"}, "email_malformed"),
        ({"kind": "email", "value": None, "is_null_hash": True}, None),
        ({"kind": "handle", "value": "@ann", "value_domain": None}, None),
        ({"kind": "handle", "value": "@ann", "value_domain": "example.org"}, "value_domain_personal"),
    ],
)
def test_identifiers_have_the_shape_of_their_kind(row: dict[str, object], broken: str | None) -> None:
    table = tables()["customer_identities"]
    counts = split(frame_of(table, [good_row(table) | row]), table).counts
    assert [rule for rule, n in counts.items() if n] == ([f"customer_identities.{broken}"] if broken else [])


@pytest.mark.parametrize(
    ("score", "group"),
    [(0.0, "detractor"), (6.0, "detractor"), (7.0, "passive"), (8.0, "passive"), (9.0, "promoter"), (10.0, "promoter")],
)
def test_nps_groups_end_where_the_method_says(score: float, group: str) -> None:
    table = tables()["survey_responses"]
    rows = [good_row(table) | {"score": score, "nps_group": name} for name in ("detractor", "passive", "promoter")]
    good = split(frame_of(table, rows), table).good
    assert good["nps_group"].drop_nulls().to_list() == [group]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.5])
def test_a_score_that_is_no_score_is_nulled(score: float) -> None:
    table = tables()["survey_responses"]
    good = split(frame_of(table, [good_row(table) | {"score": score, "nps_group": None}]), table).good
    assert good.select("score", "score_original", "dq_flags").rows() == [(None, "9", ["score_outside_scale"])]


def test_inverted_clocks_null_the_durations_and_keep_the_times() -> None:
    table = tables()["interactions"]
    row = good_row(table)
    row |= {"first_reply_at": row["opened_at"].replace(year=2019), "closed_at": row["opened_at"].replace(year=2018)}
    good = split(frame_of(table, [row]), table).good.to_dicts()[0]
    assert (good["first_reply_ms"], good["resolution_ms"]) == (None, None)
    assert (good["first_reply_at"], good["closed_at"]) == (row["first_reply_at"], row["closed_at"])
    assert good["dq_flags"] == ["first_reply_before_opened", "closed_before_opened", "closed_before_solved"]


def test_a_deleted_ticket_becomes_a_tombstone_without_text() -> None:
    table = tables()["interactions"]
    good = split(frame_of(table, [good_row(table) | {"status": "deleted"}]), table).good
    assert good.select("is_deleted", "text_subject").rows() == [(True, None)]
