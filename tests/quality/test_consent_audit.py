"""A staged row of somebody who did not permit it makes the check fire, by the log alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from cx_pipeline.privacy.outputs import PurposeBound
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.quality.consent_audit import CHECK, consent_checks
from cx_pipeline.warehouse.reader import open_read_only
from tests.quality.books import cook, write

_WORDS = (
    ("purpose", "marketing", "marketing"),
    ("purpose", "newsletter", "marketing.communications.email"),
    ("purpose", "surveys", "functional.service.improve"),
    ("purpose", "club", None),
    ("channel", "email", "email"),
    ("channel", "sms", "sms"),
    ("channel", "any", "any"),
    ("channel", "pigeon", None),
)

OTHER_ROW = "INSERT INTO main.contactable_customers VALUES ('{}', '{}', '{}', 'consent', NULL, 'e1')"


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(tmp_path_factory.mktemp("consent") / "right.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.executemany(
            "INSERT INTO main.consent_words (kind, word, stands_for, mapped_by, persons) VALUES (?, ?, ?, 'known', 1)", _WORDS
        )
        connection.execute("INSERT INTO quality.consent_bases VALUES ('essential.legal_obligation', 'legal_obligation', false)")
        for who, token in (("a", "t1"), ("a", "t2"), ("b", "t3")):
            connection.execute(
                """INSERT INTO main.customer_identities (customer_id, kind, value_token, is_shared, is_placeholder, is_null_hash,
                                                         is_test, is_deleted)
                   VALUES (?, 'email', ?, false, false, false, false, false)""",
                [who, token],
            )
    cook(path, told("a", "granted"), OTHER_ROW.format("a", "marketing.communications", "email"))
    return path


@pytest.fixture
def staged(tmp_path: Path, right: Path) -> Path:
    return Path(shutil.copy(right, tmp_path / "staged.duckdb"))


def told(
    who: str | None,
    state: str,
    at: str | None = "2026-01-01",
    token: str = "t1",
    channel: str = "email",
    purpose: str = "marketing",
    expires: str | None = None,
    mark: str = "",
) -> str:
    def text(value: str | None) -> str:
        return "NULL" if value is None else f"'{value}'"

    return f"""INSERT INTO main.consent_events
        (event_id, customer_id, identity, channel, purpose, state, occurred_at, expires_at, is_test, is_deleted)
        VALUES ('e', {text(who)}, {{'kind': 'email', 'token': '{token}'}}, '{channel}', '{purpose}', '{state}', {text(at)},
                {text(expires)}, {mark == "test"}, {mark == "deleted"})"""


def offences(path: Path) -> int:
    with open_read_only(path) as connection:
        [check] = consent_checks(connection)
        row = connection.execute(check.sql, list(check.parameters)).fetchone()
    assert row is not None
    return int(row[0])


def test_it_is_part_of_the_audit_and_blocks(staged: Path) -> None:
    cook(staged, told("a", "withdrawn", "2026-02-01"))
    [result] = [result for result in audit_books(staged) if result.name == CHECK]
    assert (result.status, result.blocks, result.counts) == (CheckStatus.FAILED, True, {"offences": 1})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], 0, id="a grant"),
        pytest.param([told("a", "withdrawn", "2026-02-01")], 1, id="withdrawn since"),
        pytest.param([told("a", "withdrawn")], 1, id="withdrawn at the same moment"),
        pytest.param([told("a", "withdrawn", "2025-12-31")], 0, id="withdrawn before"),
        pytest.param([told("a", "withdrawn", "2025-12-31", "t2")], 1, id="withdrawn under another address"),
        pytest.param([told("a", "withdrawn", None)], 1, id="withdrawn nobody knows when"),
        pytest.param([told("a", "withdrawn", "2027-01-01")], 1, id="withdrawn by a clock that runs ahead"),
        pytest.param([told("b", "withdrawn", "2026-02-01", "t1")], 1, id="somebody else withdrew the address"),
        pytest.param([told("a", "pending", "2026-02-01", "t2")], 1, id="pending elsewhere"),
        pytest.param([told("a", "unknown", purpose="newsletter")], 1, id="unknown of the kind that is meant"),
        pytest.param([told("a", "denied", channel="sms")], 0, id="denied in another channel"),
        pytest.param([told("a", "denied", channel="any")], 1, id="denied in any channel"),
        pytest.param([told("a", "denied", channel="pigeon")], 1, id="denied in a channel that nobody knows"),
        pytest.param([told("a", "denied", purpose="club")], 1, id="denied for what nobody knows"),
        pytest.param([told("a", "denied", purpose="surveys")], 0, id="denied for something else"),
        pytest.param([told("a", "withdrawn", "2026-02-01", mark="test")], 0, id="a test"),
        pytest.param([told("a", "withdrawn", "2026-02-01", mark="deleted")], 1, id="a deleted record's refusal stands"),
        pytest.param(["UPDATE main.consent_events SET is_deleted = true"], 1, id="a deleted record's grant does not"),
        pytest.param(["UPDATE main.consent_events SET state = 'not_given'"], 1, id="no grant at all"),
        pytest.param(["UPDATE main.consent_events SET expires_at = '2026-03-03'"], 1, id="expired at the run's moment"),
        pytest.param(["UPDATE main.consent_events SET expires_at = '2026-03-04'"], 0, id="expires a day later"),
        pytest.param(["UPDATE main.consent_events SET occurred_at = '2026-03-04'"], 1, id="granted a day later"),
        pytest.param(["UPDATE main.consent_events SET purpose = 'club'"], 1, id="granted for what nobody knows"),
        pytest.param(["UPDATE main.consent_events SET channel = 'any'"], 0, id="granted in any channel"),
        pytest.param(["UPDATE main.consent_events SET customer_id = NULL"], 0, id="granted under an address of theirs alone"),
        pytest.param(
            ["UPDATE main.consent_events SET customer_id = NULL", "UPDATE main.customer_identities SET value_token = 't1'"],
            1,
            id="granted under an address of several",
        ),
        pytest.param(["UPDATE main.customer_identities SET is_deleted = true"], 1, id="a person who is deleted"),
        pytest.param(["DELETE FROM main.consent_events"], 1, id="nothing was ever said"),
        pytest.param([OTHER_ROW.format("b", "marketing.communications", "email")], 1, id="somebody who was never asked"),
        pytest.param([OTHER_ROW.format("a", "marketing.communications", "sms")], 1, id="a channel that was never asked for"),
        pytest.param([OTHER_ROW.format("a", "functional.service.improve", "email")], 1, id="another purpose"),
        pytest.param([OTHER_ROW.format("a", "marketing.communications.email", "any")], 0, id="the same in other words"),
        pytest.param([OTHER_ROW.format("b", "essential.legal_obligation", "email")], 0, id="another basis"),
        pytest.param(["UPDATE main.contactable_customers SET customer_id = NULL"], 1, id="nobody"),
    ],
)
def test_a_row_without_permission_blocks(staged: Path, statements: list[str], expected: int) -> None:
    cook(staged, *statements)
    assert offences(staged) == expected


@pytest.mark.parametrize(("may_object", "expected"), [(True, 1), (False, 0)])
def test_of_another_basis_only_some_may_be_objected_to(staged: Path, may_object: bool, expected: int) -> None:
    cook(
        staged,
        f"INSERT INTO quality.consent_bases VALUES ('marketing', 'x', {may_object})",
        told("a", "withdrawn", "2026-02-01"),
        OTHER_ROW.format("b", "marketing.communications", "email"),
    )
    assert offences(staged) == expected


def test_an_output_whose_rows_are_marked_keeps_marked_ones_out(staged: Path) -> None:
    cook(
        staged,
        "CREATE TABLE marts.facts AS SELECT 'a' AS who, true AS is_test UNION ALL SELECT 'a', false UNION ALL SELECT 'b', false",
        told("a", "granted", channel="any", purpose="surveys"),
    )
    with duckdb.connect(str(staged), read_only=True) as connection:
        output = PurposeBound("marts.facts", subject="who", purpose="functional.service.improve")
        [check] = consent_checks(connection, [output])
        assert connection.execute(check.sql).fetchone() == (2,)


def test_an_output_that_is_not_there_blocks(staged: Path) -> None:
    cook(staged, "DROP TABLE main.contactable_customers")
    [result] = [result for result in audit_books(staged) if result.name == CHECK]
    assert (result.status, result.blocks) == (CheckStatus.ERRORED, True)
