"""The gate turns red for every kind of identifier in every sort of column, tells where, and shows no value."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.searched import Searched
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.quality import leaks
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.leaks import NAME, find_leaks
from cx_pipeline.warehouse.quoting import qualified

PEOPLE = {
    "email": ("ada@king.io", "mail ADA@king.io today"),
    "phone": ("+12025550143", "call (202) 555-0143 today"),
    "name": ("Ada King", "my wife Ada King said"),
    "agent": ("Bob Miller", "ask BOB MILLER"),
    "address": ("12 Baker Street", "at 12 Baker St, left"),
    "handle": ("ada_k1ng", "I am @ada_k1ng"),
    "external_id": ("C-0000134", "customer C-0000134"),
}
TABLES = {
    "main.messages": "row_id VARCHAR, text_masked VARCHAR, flags VARCHAR[], said STRUCT(who VARCHAR, seen BIGINT)[], n BIGINT",
    "marts.daily": "team VARCHAR, n BIGINT",
    "quality.anomalies": "delivery_id VARCHAR, detail VARCHAR",
    "scratch.notes": "text VARCHAR",
}


@pytest.fixture
def known() -> Needles:
    return needles(pl.DataFrame([(kind, value) for kind, (value, _) in PEOPLE.items()], schema=["kind", "value"], orient="row"))


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    path = tmp_path / "staged.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, columns in TABLES.items():
            schema, table = name.split(".")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.execute(f"CREATE TABLE {qualified(schema, table)} ({columns})")
        connection.execute("CREATE VIEW marts.recent AS SELECT text_masked FROM staged.main.messages")
        rows = "SELECT 'r' || i, 'all is well ' || i % 7, ['a'], [{'who': 'me', 'seen': i}], i FROM range(100) t(i)"
        connection.execute(f"INSERT INTO main.messages {rows}")
    return path


def put(path: Path, sql: str, *values: object) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql, list(values))


def failed(results: list[CheckResult]) -> dict[str, CheckResult]:
    assert {result.name for result in results} == {NAME}
    assert {result.severity for result in results} == {CheckSeverity.CRITICAL}
    assert {result.status for result in results} <= {CheckStatus.PASSED, CheckStatus.FAILED}
    return {result.table: result for result in results if result.status is CheckStatus.FAILED}


def test_clean_tables_pass_one_check_each(staged: Path, known: Needles) -> None:
    results = find_leaks(staged, known)
    assert [result.table for result in results] == ["main.messages", "marts.daily", "marts.recent", "quality.anomalies"]
    assert failed(results) == {}
    assert {result.counts["offences"] for result in results} == {0}


@pytest.mark.parametrize("kind", PEOPLE)
def test_each_kind_of_identifier_is_seen_and_not_shown(staged: Path, known: Needles, kind: str) -> None:
    value, text = PEOPLE[kind]
    put(staged, "UPDATE main.messages SET text_masked = ? WHERE n IN (3, 40)", text)
    found = failed(find_leaks(staged, known))
    assert set(found) == {"main.messages", "marts.recent"}
    assert found["main.messages"].observed == f"text_masked: 2 rows ({kind} 2), such as r3, r40"
    assert found["main.messages"].counts == {"offences": 2, kind: 2}
    assert found["marts.recent"].observed == f"text_masked: 2 rows ({kind} 2)"
    assert not any(part.lower() in str(found).lower() for part in (value, text))


@pytest.mark.parametrize(
    ("sql", "table", "observed"),
    [
        ("UPDATE main.messages SET flags = [?] WHERE n = 1", "main.messages", "flags: 1 rows (email 1), such as r1"),
        (
            "UPDATE main.messages SET said = [{'who': ?, 'seen': 1}] WHERE n = 1",
            "main.messages",
            "said: 1 rows (email 1), such as r1",
        ),
        ("INSERT INTO marts.daily VALUES (?, 1)", "marts.daily", "team: 1 rows (email 1), such as 0"),
        ("INSERT INTO quality.anomalies VALUES ('d', ?)", "quality.anomalies", "detail: 1 rows (email 1), such as 0"),
        ("INSERT INTO quality.anomalies VALUES (?, 'x')", "quality.anomalies", "delivery_id: 1 rows (email 1), such as 0"),
        ("INSERT INTO main.messages (row_id) VALUES ('r0 ' || ?)", "main.messages", "row_id: 1 rows (email 1)"),
    ],
)
def test_every_sort_of_column(staged: Path, known: Needles, sql: str, table: str, observed: str) -> None:
    put(staged, sql, "ada@king.io")
    found = failed(find_leaks(staged, known))
    assert {name: result.observed for name, result in found.items()} == {table: observed}


def test_several_columns_and_kinds_and_no_more_than_a_few_rows(staged: Path, known: Needles) -> None:
    put(staged, "UPDATE main.messages SET text_masked = 'Ada King, 202-555-0143' WHERE n < 10")
    put(staged, "UPDATE main.messages SET flags = ['Bob Miller'] WHERE n = 11")
    result = failed(find_leaks(staged, known))["main.messages"]
    assert result.observed == (
        "text_masked: 10 rows (name 10, phone 10), such as r0, r1, r2, r3, r4; flags: 1 rows (agent 1), such as r11"
    )
    assert result.counts == {"offences": 11, "name": 10, "phone": 10, "agent": 1}


def test_ids_may_be_codes(staged: Path, known: Needles) -> None:
    put(staged, "INSERT INTO quality.anomalies VALUES ('C-0000134', 'x'), ('2025550143', 'y'), ('ada_k1ng', 'z')")
    assert failed(find_leaks(staged, known)) == {}


def test_the_same_in_small_batches_and_with_many_values(staged: Path, known: Needles, monkeypatch: pytest.MonkeyPatch) -> None:
    put(staged, "UPDATE main.messages SET text_masked = 'Ada King ' || n WHERE n % 2 = 0")
    whole = find_leaks(staged, known)
    monkeypatch.setattr("cx_pipeline.quality.leaks._BATCH_BYTES", 100)
    monkeypatch.setattr("cx_pipeline.quality.leaks._ROWS_AT_ONCE", 3)
    assert find_leaks(staged, known) == whole
    assert failed(whole)["main.messages"].counts == {"offences": 50, "name": 50}


def test_without_anything_to_compare_with_it_is_errored_and_blocks(staged: Path) -> None:
    results = find_leaks(staged, None)
    assert {result.status for result in results} == {CheckStatus.ERRORED}
    assert all(result.blocks for result in results)


def test_a_table_that_cannot_be_read_is_errored(staged: Path, known: Needles) -> None:
    put(staged, "CREATE VIEW marts.broken AS SELECT text FROM staged.scratch.notes")
    put(staged, "DROP TABLE scratch.notes")
    results = {result.table: result.status for result in find_leaks(staged, known)}
    assert results["marts.broken"] is CheckStatus.ERRORED
    assert results["main.messages"] is CheckStatus.PASSED


def test_what_was_cleared_before_is_not_searched_and_all_else_is(
    staged: Path, known: Needles, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def spied(texts: pl.Series, needles: Needles, *, ids: bool = False) -> pl.DataFrame:
        seen.extend(texts)
        return search(texts, needles, ids=ids)

    monkeypatch.setattr(leaks, "search", spied)
    before = Searched(known)
    before.add(pl.Series([f"all is well {n}" for n in range(6)]))
    put(staged, "UPDATE main.messages SET text_masked = 'my wife Ada King said' WHERE row_id = 'r8'")
    found = failed(find_leaks(staged, known, before.told()))
    assert found["main.messages"].observed == "text_masked: 1 rows (name 1), such as r8"
    assert "all is well 6" in seen
    assert not {f"all is well {n}" for n in range(6)} & set(seen)


def test_who_came_since_a_text_was_cleared_is_found_in_it(staged: Path, known: Needles) -> None:
    put(staged, "UPDATE main.messages SET text_masked = 'my wife Eve Long said' WHERE row_id = 'r8'")
    before = Searched(known)
    before.add(pl.Series(["my wife Eve Long said"]))
    assert failed(find_leaks(staged, known, before.told())) == {}
    people = [*((kind, value) for kind, (value, _) in PEOPLE.items()), ("name", "Eve Long")]
    more = needles(pl.DataFrame(people, schema=["kind", "value"], orient="row"))
    assert set(failed(find_leaks(staged, more, before.told()))) == {"main.messages", "marts.recent"}


def test_lists_that_differ_in_tokens_alone_are_told_apart_where_one_leaks(
    staged: Path, known: Needles, tokeniser: Tokeniser
) -> None:
    tokens = [tokeniser.token(str(n), "email") for n in range(3)]
    for number, who in enumerate([tokens[0], tokens[1], f"{tokens[2]} Ada King"]):
        put(staged, "UPDATE main.messages SET said = [{'who': $1, 'seen': 1}] WHERE row_id = $2", who, f"r{number}")
    assert failed(find_leaks(staged, known))["main.messages"].observed == "said: 1 rows (name 1), such as r2"


@pytest.mark.parametrize("made", ["0b1c2d3e4f5a60718293-12025550143", "f70d66d2-5ac4-4511-bc12-120255501430"])
def test_ids_that_programs_make_hold_nobody(staged: Path, known: Needles, made: str) -> None:
    for row, value in enumerate([made, f"zendesk.tickets:{made}"]):
        put(staged, "UPDATE main.messages SET row_id = $1 WHERE row_id = $2", value, f"r{row}")
    assert failed(find_leaks(staged, known)) == {}
    put(staged, "UPDATE main.messages SET row_id = $1 WHERE row_id = 'r3'", f"{made} ada@king.io")
    assert set(failed(find_leaks(staged, known))) == {"main.messages"}


WORDS = {
    "Ada King": ["Ada", "King", "ADA"],
    "+12025550143": ["+1", "1", "202", "555", "0143", "2025550", "143", "0202", "(202)"],
    "12 Baker Street": ["12", "Baker", "Street", "St"],
    "ada@king.io": ["ada", "king", "io", "@", "ada@king.io"],
}
SEPARATORS = [
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\x0b",
    "\x1f",
    "\x85",
    "\u00a0",
    "\u200b",
    "-",
    "--",
    ".",
    "..",
    "/",
    ",",
    ", ",
    ") ",
]
SEPARATORS += [",\t", "_", "%20", "&nbsp;", "+", "\u2013", " at ", "[at]", "(at)", " dot "]


@st.composite
def ids(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.sampled_from(WORDS[draw(st.sampled_from(list(WORDS)))]), min_size=2, max_size=5))
    told = "".join(part for word in words for part in (word, draw(st.sampled_from(SEPARATORS))))
    return draw(st.sampled_from(["", "x", "id ", "9", "users:"])) + told


ALL = needles(
    pl.DataFrame(
        [("name", "Ada King"), ("phone", "+12025550143"), ("address", "12 Baker Street"), ("email", "ada@king.io")],
        schema=["kind", "value"],
        orient="row",
    )
)


@given(st.lists(ids(), min_size=10, max_size=30))
@example(["Ada\tKing", "King,\tAda", "12\tBaker\tStreet", "202--555--0143", "202..555..0143", "20255501-43", "(202)5550143"])
def test_whatever_is_found_in_ids_is_looked_for(told: list[str]) -> None:
    texts = pl.Series(told)
    held = texts.gather(search(texts, ALL, ids=True)["row"].unique())
    assert set(held) <= set(leaks._worth_a_look(texts))
