"""Every check of a mart fires on a row that is known to be bad, and not on one that is good."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from cx_pipeline.marts.catalogue import GIVEN, marts
from cx_pipeline.quality.mart_audit import mart_checks
from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.warehouse.quoting import identifier, qualified
from tests.marts.world import at

EARLY, LATE = at("06-01 08:00"), at("06-02 08:00")
# A good row of each mart, as far as its checks look, and for each check what spoils it.
ROWS: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "counted_interactions": (
        {"opened_at": EARLY, "opened_on": EARLY.date(), "merged_count": 0},
        {"has_a_day": {"opened_on": None}, "counts_merged": {"merged_count": -1}},
    ),
    "conversations": (
        {"public_messages": 1, "with_agent": True, "with_bot": False},
        {"speakers_were_heard": {"public_messages": 0}},
    ),
    "replies": (
        {"wait_ms": 9, "wait_business_ms": 9, "waiting_since": EARLY, "replied_at": LATE},
        {"waits_go_forward": {"replied_at": at("01-01 00:00")}, "business_within_calendar": {"wait_business_ms": 10}},
    ),
    "resolutions": (
        {"first_resolved_at": EARLY, "fully_resolved_at": LATE, "is_from_log": True, "agent_wait_ms": 0, "on_hold_ms": 1,
         "requester_wait_ms": 1},
        {"resolved_in_order": {"first_resolved_at": LATE, "fully_resolved_at": EARLY}, "waits_are_times": {"on_hold_ms": 2}},
    ),
    "reply_times": (
        {"replies": 1, "first_reply_at": LATE, "first_reply_ms": 5, "first_reply_business_ms": 5, "full_resolution_ms": 5},
        {
            "replies_have_a_first": {"replies": 0},
            "business_within_calendar": {"first_reply_business_ms": 6},
            "durations_are_times": {"full_resolution_ms": -1},
        },
    ),
    "metric_definitions": ({"least": 0.0, "most": 100.0}, {"least_below_most": {"least": 100.0}}),
    "metric_facts": ({"state": "counted", "value": 1}, {"only_what_counts_has_a_value": {"state": "uncertain"}}),
    "cx_metrics_daily": (
        {"value": 2.0, "low": 1.0, "high": 3.0, "unclear_share": 0.5, "n": 1, "n_excluded": 0, "n_uncertain": 0,
         "n_quarantined": 0},
        {
            "value_within_bounds": {"value": 3.1},
            "shares_are_shares": {"unclear_share": 1.1},
            "counts_are_counts": {"n_uncertain": -1},
        },
    ),
    "customer_360": (
        {"offline_touches": 1, "touches": 2, "open_cases": 0, "contacts": 0},
        {"parts_within_whole": {"open_cases": 1}},
    ),
    "customer_timeline": ({"position": 1}, {"counted_from_one": {"position": 0}}),
    "customer_base_daily": (
        {"active": 1, "new": 1, "returned": 0, "lapsed": 0, "churned": 0, "gone": 0, "net_change": 1},
        {"change_adds_up": {"net_change": 0}, "nobody_less_than_nobody": {"gone": -1}},
    ),
    "profile_health": ({"completeness": 0.5}, {"completeness_is_a_share": {"completeness": 1.5}}),
    "silo_pairs": ({"left_system": "a", "right_system": "b"}, {"pairs_are_told_once": {"left_system": "b"}}),
    "silo_conflicts": (
        {"customers": 2, "disagreeing": 2, "left_is_newer": 1, "right_is_newer": 1},
        {"parts_within_whole": {"disagreeing": 1}},
    ),
    "contact_reasons_daily": ({"share": 1.0, "unmatched_share": 0.0}, {"shares_are_shares": {"share": 0.0}}),
}  # fmt: skip
CHECKS = {(check.table, check.name): check for check in mart_checks()}
KEYS = {item.id: (item.key, item.table.columns) for item in GIVEN} | {
    mart.id: (mart.key, mart.columns) for mart in marts().values()
}
PLAIN: dict[str, Any] = {"VARCHAR": "x", "BIGINT": 1, "DOUBLE": 1.0, "DATE": EARLY.date(), "TIMESTAMP": EARLY, "BOOLEAN": True}


def offences(check: SqlCheck, rows: list[dict[str, Any]]) -> int:
    """What a check finds in a mart of these rows; what a row does not say is null."""
    schema, name = check.table.split(".")
    _, columns = KEYS[check.table]
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE SCHEMA {identifier(schema)}").fetchall()
        typed = ", ".join(f"{identifier(column.name)} {column.type}" for column in columns)
        connection.execute(f"CREATE TABLE {qualified(schema, name)} ({typed})").fetchall()
        for row in rows:
            names = ", ".join(map(identifier, row))
            places = ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO {qualified(schema, name)} ({names}) VALUES ({places})", list(row.values())
            ).fetchall()
        [(found,)] = connection.execute(check.sql).fetchall()
    return int(found)


@pytest.mark.parametrize("table", sorted(KEYS))
def test_a_key_that_is_missing_or_there_twice_is_an_offence(table: str) -> None:
    key, columns = KEYS[table]
    kinds = {column.name: column.type for column in columns}
    row = {name: PLAIN[kinds[name]] for name in key}
    unique, present = CHECKS[table, "key_unique"], CHECKS[table, "key_present"]
    assert (offences(unique, [row]), offences(present, [row])) == (0, 0)
    assert (offences(unique, [row, row]), offences(present, [{**row, key[0]: None}])) == (1, 1)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_that_is_bad_makes_its_check_fire(name: str) -> None:
    good, spoilt = ROWS[name]
    checks = {check: CHECKS[f"marts.{name}", check] for check, _ in marts()[name].holds}
    assert {check: offences(found, [good]) for check, found in checks.items()} == dict.fromkeys(checks, 0)
    for bad, values in spoilt.items():
        assert offences(checks[bad], [good, {**good, **values}]) == 1, bad


def test_every_check_has_a_row_that_makes_it_fire() -> None:
    declared = {(name, check) for name, mart in marts().items() for check, _ in mart.holds}
    tried = {(name, check) for name, (_, spoilt) in ROWS.items() for check in spoilt}
    assert declared == tried
    assert len(tried) >= 22
