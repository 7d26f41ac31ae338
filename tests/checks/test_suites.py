from __future__ import annotations

import duckdb
import pytest

from checks.suites import suite
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT
from cx_pipeline.contracts.table import Table
from cx_pipeline.quality.check_result import CheckSeverity
from tests.checks.shop import CALLS, TABLES, TEAMS

_TOKEN = f"k1_{'a' * 26}"
HOSTILE = "a\"; DROP TABLE x; -- {batch} :b ' %s"


def test_a_suite_follows_from_its_contract() -> None:
    assert [(expected.name, str(expected.severity)) for expected in suite(CALLS, TABLES)] == [
        ("row_count", "critical"),
        ("columns", "critical"),
        ("key_unique", "critical"),
        ("required_present", "critical"),
        ("kind_words", "critical"),
        ("opened_at_plausible", "warning"),
        ("caller_token_is_token", "critical"),
        ("consent_is_token", "critical"),
        ("text_note_redacted", "critical"),
        ("deleted_without_text", "critical"),
        ("team_id_leads_somewhere", "warning"),
    ]


def test_a_reference_is_checked_where_its_table_is_there() -> None:
    assert "team_id_leads_somewhere" not in {expected.name for expected in suite(CALLS, (CALLS,))}
    assert [expected.name for expected in suite(TEAMS, TABLES) if "leads" in expected.name] == ["parent_team_id_leads_somewhere"]


def test_an_id_that_two_tables_own_is_no_reference() -> None:
    twins = tuple(Table(name, "A row.", (Column("event_id", TEXT, "It."),), ("event_id",), derived=True) for name in ("a", "b"))
    other = Table("c", "A row.", (Column("c_id", TEXT, "It."), Column("event_id", TEXT, "That.")), ("c_id",), derived=True)
    assert not [expected for expected in suite(other, (*twins, other)) if "leads" in expected.name]


@pytest.mark.parametrize("name", list(tables()))
def test_every_canonical_table_has_a_suite_with_sound_names(name: str) -> None:
    found = suite(tables()[name], list(tables().values()))
    names = [expected.name for expected in found]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "a").isalnum() for name in names)
    assert {"row_count", "columns", "key_unique"} <= set(names)
    assert all(expected.description.endswith(".") and expected.expected for expected in found)


def test_a_hostile_column_name_stays_a_name() -> None:
    odd = Table("t", "A row.", (Column(HOSTILE, TEXT, "It.", nullable=False, secret="phone"),), (HOSTILE,), derived=True)
    queries = [expected.kwargs["unexpected_rows_query"] for expected in suite(odd) if "unexpected_rows_query" in expected.kwargs]
    assert len(queries) == 3
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'x' AS " + '"' + HOSTILE.replace('"', '""') + '"')
        for query in queries:
            connection.execute(
                query.format(batch="(SELECT * FROM t)").replace(r"\:", ":").replace("regexp_full_match", "contains")
            )


@pytest.mark.parametrize(
    ("attribute", "value", "said", "broken"),
    [
        ("email", _TOKEN, [_TOKEN, None], set()),
        ("email", None, [], set()),
        ("country", "DE", ["DE", "AT"], set()),
        ("email", "ada", [_TOKEN], {"value_is_token"}),
        ("email", _TOKEN, [_TOKEN, "ada"], {"source_values_is_token"}),
        ("no such word", "ada", ["ada"], {"value_is_token", "source_values_is_token"}),
    ],
)
def test_values_are_tokens_but_where_their_kind_is_not_personal(
    attribute: str, value: str | None, said: list[str | None], broken: set[str]
) -> None:
    queries = {
        expected.name: expected.kwargs["unexpected_rows_query"]
        for expected in suite(tables()["customer_attributes"])
        if expected.name.endswith("_is_token")
    }
    assert len(queries) == 2
    items = [{"source": "zendesk", "value": text} for text in said]
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t (attribute VARCHAR, value VARCHAR, source_values STRUCT(source VARCHAR, value VARCHAR)[])"
        )
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", [attribute, value, items])
        found = {name for name, query in queries.items() if connection.execute(_plain(query)).fetchall()}
    assert found == broken


def _plain(query: str) -> str:
    """The query as it reaches the engine."""
    return query.format(batch="(SELECT * FROM t)").replace(r"\:", ":")


def test_critical_means_blocking() -> None:
    severities = {expected.severity for table in TABLES for expected in suite(table, TABLES)}
    assert severities == {CheckSeverity.CRITICAL, CheckSeverity.WARNING}
