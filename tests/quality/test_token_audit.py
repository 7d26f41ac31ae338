"""Tokens of two keys in one file make the check fire."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.quality.audit import audit_books, outcomes
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.quality.token_audit import CHECK, another_number, token_checks
from cx_pipeline.warehouse.reader import open_read_only
from tests.quality.books import cook, write

OLD, NEW = (Tokeniser(bytes([version]) * 32, version).token("ada@king.io", "email") for version in (1, 2))


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tokens") / "right.duckdb")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], {}, id="no tokens"),
        pytest.param([f"UPDATE main.interactions SET customer_id = '{OLD}'"], {}, id="all of the run's version"),
        pytest.param(
            [f"UPDATE main.interactions SET customer_id = '{NEW}'"], {"main.interactions": 3}, id="all of another version"
        ),
        pytest.param(
            [f"INSERT INTO main.consents (customer_id, decided_by) VALUES ('{OLD}', '{NEW}')"],
            {"main.consents": 1},
            id="two in one row",
        ),
        pytest.param(
            [f"UPDATE main.interactions SET dq_flags = ['{OLD}', '{NEW}'] WHERE row_id = 'p1-1'"],
            {"main.interactions": 1},
            id="in a list",
        ),
        pytest.param(
            [f"UPDATE main.interactions SET category = 'about [ORDER:{NEW}]'"], {"main.interactions": 3}, id="inside a text"
        ),
        pytest.param([f"CREATE TABLE marts.x AS SELECT {{'token': '{NEW}'}} AS who"], {"marts.x": 1}, id="in a struct"),
        pytest.param(["UPDATE main.interactions SET category = 'k2_short'"], {}, id="no token at all"),
        pytest.param(
            [f"UPDATE main.interactions SET customer_id = '{NEW}'", "UPDATE quality.runs SET key_version = 2"],
            {},
            id="the next version",
        ),
        pytest.param([f"UPDATE main.interactions SET customer_id = 'k12{NEW[2:]}'"], {"main.interactions": 3}, id="twelve"),
    ],
)
def test_tokens_of_two_keys_block(tmp_path: Path, right: Path, statements: list[str], expected: dict[str, int]) -> None:
    staged = Path(shutil.copy(right, tmp_path / "staged.duckdb"))
    cook(staged, *statements)
    with open_read_only(staged) as connection:
        checks = list(token_checks(connection))
        found = {check.table: connection.execute(check.sql, list(check.parameters)).fetchone() for check in checks}
    assert {table: row[0] for table, row in found.items() if row and row[0]} == expected
    assert {"main.customers", "quality.identity_events", "main.interactions"} <= set(found)


@pytest.mark.parametrize("statement", ["UPDATE quality.runs SET key_version = NULL", "DELETE FROM quality.runs"])
def test_a_file_that_names_no_version_blocks(tmp_path: Path, right: Path, statement: str) -> None:
    staged = Path(shutil.copy(right, tmp_path / "staged.duckdb"))
    cook(staged, statement)
    results = [result for result in audit_books(staged) if result.name == CHECK]
    assert {result.status for result in results} == {CheckStatus.ERRORED}
    assert all(result.blocks for result in results)


@pytest.mark.parametrize("own", ["1", "9", "12", "100"])
def test_every_other_version_is_another(own: str) -> None:
    found = {str(number) for number in range(1_200) if re.fullmatch(another_number(own), str(number))}
    assert found == {str(number) for number in range(1_200)} - {own}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([OLD, NEW, NEW[:-1], f"k12{OLD[2:]}", "k1_", "k2_", "k", "1", " ", "a", "[ORDER:"]), max_size=4),
        max_size=9,
    )
)
def test_what_is_passed_over_holds_no_other_token(texts: list[list[str]]) -> None:
    said = ["".join(parts) for parts in texts]
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA quality; CREATE TABLE quality.runs AS SELECT 1 AS key_version")
        connection.execute("CREATE TABLE main.texts (text VARCHAR)")
        connection.executemany("INSERT INTO main.texts VALUES (?)", [[text] for text in [*said, None]])
        [check] = token_checks(connection)
        counted = connection.execute(check.sql, list(check.parameters)).fetchone()
        [result] = outcomes(connection, [check])
    assert counted is not None
    assert result.counts == {"offences": counted[0]}
    assert counted == (sum(re.search(r"\bk(?!1_)[0-9]+_[a-z2-7]{26}\b", text, re.ASCII) is not None for text in said),)
