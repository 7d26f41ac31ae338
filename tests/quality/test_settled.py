"""A staged file with texts that redaction never saw is noticed, whatever way they took."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality import settled
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.quality.settled import audit_texts
from cx_pipeline.warehouse.quoting import identifier, qualified

RAW = "My name is Ada Kingsley, IBAN DE89 3704 0044 0532 0130 00"
CARD = "I paid with card 4111111111111111"


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """A file with every text column, and texts as redaction leaves them."""
    path = tmp_path / "staged.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, table in tables().items():
            texts = [identifier(column.name) for column in table.columns if column.is_free_text]
            if texts and not table.internal:
                target = qualified("main", name)
                connection.execute(f"CREATE TABLE {target} ({', '.join(f'{text} VARCHAR' for text in texts)})")
                for said in ("ok", "[CUSTOMER_NAME] wrote to [EMAIL]", None):
                    connection.execute(f"INSERT INTO {target} VALUES ({', '.join('?' for _ in texts)})", [said] * len(texts))
    return path


def put(path: Path, column: str, *texts: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for text in texts:
            connection.execute(f"INSERT INTO main.messages ({identifier(column)}) VALUES (?)", [text])


def told(results: list[CheckResult], status: str) -> dict[str, str]:
    return {f"{result.table}.{result.name}": result.observed for result in results if result.status == status}


def test_redacted_texts_pass_in_every_column(staged: Path) -> None:
    results = audit_texts(staged)
    columns = [(name, column.name) for name, table in tables().items() for column in table.columns if column.is_free_text]
    assert [(result.table, result.name) for result in results] == [(f"main.{name}", f"{text}_settled") for name, text in columns]
    assert set(told(results, "passed").values()) == {"0 of 2 texts change"}
    assert not any(result.blocks for result in results)


@pytest.mark.parametrize("text", [RAW, CARD])
@pytest.mark.parametrize("column", ["text_masked", "text_tokenised"])
def test_a_text_that_redaction_never_saw_stops_the_publishing(staged: Path, column: str, text: str) -> None:
    put(staged, column, text)
    results = audit_texts(staged)
    assert told(results, "failed") == {f"main.messages.{column}_settled": "1 of 3 texts change"}
    assert [result.blocks for result in results if result.status == "failed"] == [True]
    assert "Kingsley" not in repr(results)
    assert "4111" not in repr(results)


def test_one_in_a_thousand_is_a_warning(staged: Path) -> None:
    put(staged, "text_masked", RAW, *(f"order {number}" for number in range(997)))
    [found] = [result for result in audit_texts(staged) if result.status == "failed"]
    assert (found.observed, found.blocks) == ("1 of 1000 texts change", False)


def test_of_many_texts_some_are_read(staged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "MOST_TEXTS", 1)
    assert {result.counts["texts"] for result in audit_texts(staged)} == {1}


def test_a_column_that_cannot_be_read_is_errored(staged: Path) -> None:
    with duckdb.connect(str(staged)) as connection:
        connection.execute("ALTER TABLE main.messages DROP COLUMN text_tokenised")
    [found] = [result for result in audit_texts(staged) if result.status == "errored"]
    assert (found.name, found.blocks) == ("text_tokenised_settled", True)
