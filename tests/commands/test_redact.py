"""A file of texts goes in, the same file without personal data comes out, and only counts are told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.commands.conftest import Cli

TEXTS = (
    b"id,customer_id,text\n"
    b"1,c1,Write to ada@example.com\n"
    b"2,c1,this is ada kings order A-77812\n"
    b"3,c2,Nothing here about Ada\n"
    b'4,c2,"Two lines:\n+44 20 7946 0958, 555-123-4567"\n'
    b"5,c2,\n"
)
PEOPLE = b"customer_id,given_name,family_name,order_id\nc1,Ada,King,A-77812\nc2,Ben,Okafor,\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "texts.csv").write_bytes(TEXTS)
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    pl.read_csv(TEXTS).write_parquet(tmp_path / "texts.parquet")
    (tmp_path / "torn.csv").write_bytes(TEXTS + b"6,c2,one,too,many\n")
    (tmp_path / "other.csv").write_bytes(b"who,name\n1,Ada\n")
    (tmp_path / "empty.csv").write_bytes(b"id,text\n")
    return tmp_path


@pytest.mark.parametrize("name", ["texts.csv", "texts.parquet"])
def test_all_columns_are_kept_and_two_are_added(cli: Cli, files: Path, name: str) -> None:
    out = files / "made" / "out.parquet"
    assert cli("redact", files / name, "--column", "text", "--profile", files / "people.csv", "--out", out).code == 0
    made = pl.read_parquet(out)
    assert made.columns == ["id", "customer_id", "text", "text_masked", "findings"]
    assert made["text_masked"].to_list() == [
        "Write to [EMAIL]",
        "this is [CUSTOMER_NAME] kings order [ORDER]",
        "Nothing here about Ada",
        "Two lines:\n[PHONE], [PHONE]",
        None,
    ]
    assert made["findings"].list.len().to_list() == [1, 2, 0, 2, 0]
    assert sorted(path.name for path in out.parent.iterdir()) == ["out.parquet"]


def test_the_summary_counts_by_entity_and_shows_no_value(cli: Cli, files: Path) -> None:
    said = cli("redact", files / "texts.csv", "--column", "text", "--out", files / "out.parquet", "--json")
    assert said.json == {"rows": 5, "rows_with_findings": 2, "damaged": 0, "findings": {"EMAIL": 1, "PHONE": 2}}
    people = cli("redact", files / "texts.csv", "--column", "text", "--out", files / "out.parquet")
    assert "EMAIL" in people.out
    assert not any(value in people.out + people.err for value in ("ada", "7946", "555"))


def test_damaged_records_are_counted(cli: Cli, files: Path) -> None:
    said = cli("redact", files / "torn.csv", "--column", "text", "--out", files / "out.parquet", "--json")
    assert (said.code, said.json["rows"], said.json["damaged"]) == (0, 5, 1)


def test_the_purpose_decides_what_is_masked(cli: Cli, files: Path) -> None:
    (files / "orders.csv").write_bytes(b"id,text\n1,My order number is 5551234567\n")
    for purpose, text in (("analytics", "My order number is 5551234567"), ("train_ai_system", "My order number is [ORDER]")):
        cli("redact", files / "orders.csv", "--column", "text", "--out", files / "out.parquet", "--purpose", purpose)
        assert pl.read_parquet(files / "out.parquet")["text_masked"].to_list() == [text]


def test_a_file_without_records_gives_one_without_rows(cli: Cli, files: Path) -> None:
    assert cli("redact", files / "empty.csv", "--column", "text", "--out", files / "out.parquet").code == 0
    made = pl.read_parquet(files / "out.parquet")
    assert (made.height, made.columns) == (0, ["id", "text", "text_masked", "findings"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nowhere.csv", "--column", "text"), "there is no such file"),
        (("texts.csv", "--column", "body"), "there is no such column of texts"),
        (("texts.csv", "--column", "text", "--profile", "nowhere.csv"), "there is no such file"),
        (("texts.csv", "--column", "text", "--profile", "other.csv"), "nothing says which profile belongs to which text"),
        (("texts.csv", "--column", "text", "--purpose", "fun"), "there is no policy for this purpose"),
        (("texts.csv",), "Missing option"),
    ],
)
def test_wrong_usage_writes_nothing(cli: Cli, files: Path, arguments: tuple[str, ...], complaint: str) -> None:
    before = sorted(path.name for path in files.iterdir())
    said = cli("redact", *arguments, "--out", "out.parquet")
    assert said.code == 2
    assert complaint in said.err
    assert sorted(path.name for path in files.iterdir()) == before
