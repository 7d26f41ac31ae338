"""Any file as the pipeline reads it, without taking it in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.commands import console
from tests.commands.conftest import Cli
from tests.stages.shop import CANARY_MAIL, CANARY_MARKS, CANARY_PHONE, cases, contacts, pages, sheet, tickets

TORN = b"Id;Name;Zip\r\n1;Ada;00907\r\n2;Eve\r\n3;B\xc3\xb6b;10115\r\n"


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    path = tmp_path / "torn.csv"
    path.write_bytes(TORN)
    return path


def test_a_csv_file_shows_its_dialect_and_what_was_damaged(cli: Cli, torn: Path) -> None:
    said = cli("preview", torn, "--json")
    facts = said.json
    assert said.code == 0
    assert facts["columns"] == ["Id", "Name", "Zip"]
    assert (facts["format"], facts["encoding"], facts["records"], facts["damaged"]) == ("csv", "utf-8", 3, 1)
    assert "delimiter=;" in facts["dialect"]


def test_good_and_damaged_records_are_written_where_asked(cli: Cli, torn: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    assert cli("preview", torn, "--out", good, "--rejects", bad).code == 0
    written = pl.read_parquet(good)
    assert written.schema == pl.Schema({"Id": pl.String, "Name": pl.String, "Zip": pl.String})
    assert written.rows() == [("1", "Ada", "00907"), ("3", "Böb", "10115")]
    rejects = pl.read_parquet(bad)
    assert rejects.columns == ["record", "line", "line_end", "reason", "detail", "raw"]
    assert rejects.select("record", "line", "reason").rows() == [(2, 3, "csv.field_count")]


def test_a_whole_file_has_no_rejects_but_their_columns(cli: Cli, tmp_path: Path) -> None:
    path, bad = tmp_path / "whole.csv", tmp_path / "bad.parquet"
    path.write_bytes(b"a\n1\n")
    assert cli("preview", path, "--rejects", bad).code == 0
    assert pl.read_parquet(bad).shape == (0, 6)


def test_pages_of_json_are_records(cli: Cli, tmp_path: Path) -> None:
    path, out = tmp_path / "page.json", tmp_path / "out.parquet"
    path.write_bytes(pages("tickets", tickets(range(7), "2026-02-25T00:00:00Z")))
    assert cli("preview", path, "--json").json["records"] == 7
    assert cli("preview", path, "--out", out).code == 0
    assert pl.read_parquet(out)["id"].to_list() == [str(number) for number in range(1000, 1007)]
    assert set(pl.read_parquet(out).dtypes) == {pl.String()}


def test_more_batches_than_one_are_written_whole(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "long.csv", tmp_path / "out.parquet"
    path.write_text("a\n" + "".join(f"{number}\n" for number in range(1000)))
    monkeypatch.setenv("CX_BATCH_ROWS", "64")
    assert cli("preview", path, "--out", out).code == 0
    assert pl.read_parquet(out)["a"].to_list() == [str(number) for number in range(1000)]


def test_values_are_shown_by_their_shape_unless_asked_for(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"name,mail,phone\nCanary,{CANARY_MAIL},{CANARY_PHONE}\n")
    masked = cli("preview", path)
    assert masked.code == 0
    assert not [mark for mark in CANARY_MARKS if mark in masked.out + masked.err]
    assert "aaaaaa.aaaa@aaaa-aaaa.aa" in masked.out
    assert "+9 999 999 9999" in masked.out
    shown = cli("preview", path, "--show-values")
    assert CANARY_MAIL in shown.out
    assert CANARY_PHONE in shown.out


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that breaks no cell."""
    monkeypatch.setattr(console.out, "_width", 4000)


@pytest.mark.usefixtures("wide")
def test_a_file_is_mapped_as_an_export(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "Contact.csv"
    path.write_bytes(sheet(contacts(range(2)) + contacts([2], Id="5.7E+17")))
    said = cli("preview", path, "--as", "salesforce.Contact")
    assert said.code == 0
    assert "people (2 rows)" in said.out
    assert "key.unusable" in said.out
    assert "king.io" not in said.out
    assert "person1@king.io" in cli("preview", path, "--as", "salesforce.Contact", "--show-values").out


@pytest.mark.usefixtures("wide")
def test_times_are_read_in_the_format_of_the_whole_file_as_in_a_run(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "Case.csv"
    given = {"ClosedDate": "", "LastModifiedDate": "", "SystemModstamp": ""}
    days = ["03/01/2024 10:00", "23/01/2024 10:00"]
    path.write_bytes(sheet([{**case, **given, "CreatedDate": day} for case, day in zip(cases([1, 2]), days, strict=True)]))
    said = cli("preview", path, "--as", "salesforce.Case", "--rows", 1, "--show-values")
    assert "2024-01-03 10:00:00" in said.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("preview", "nowhere.csv"), 2, "there is no such file"),
        (("preview", "torn.csv", "--as", "zendesk.nothing"), 2, "there is no export"),
        (("preview", "torn.csv", "--as", "salesforce.Case"), 1, "missing: CaseNumber, CreatedDate"),
        (("preview", "torn.csv", "--rows", "0"), 2, "Invalid value"),
        (("preview", "cut.json.gz"), 1, "error:"),
    ],
)
def test_what_cannot_be_shown_is_told_in_a_line(cli: Cli, torn: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    (torn.parent / "cut.json.gz").write_bytes(b"\x1f\x8b\x08\x00")
    said = cli(*arguments)
    assert said.code == code
    assert says in said.err
    assert "Traceback" not in said.err


def test_nothing_is_left_behind(cli: Cli, torn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    assert cli("preview", torn).code == 0
    assert list(aside.iterdir()) == []


def test_a_terminal_that_knows_few_letters_shows_the_others_as_escapes(tmp_path: Path) -> None:
    file = tmp_path / "users_é.ndjson"
    file.write_text('{"id": 1, "name": "Zoé…"}\n', encoding="utf-8")
    asked = [sys.executable, "-c", "from cx_pipeline.cli import main; main()", "preview", str(file), "--show-values"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "CX_DATA_DIR": str(tmp_path / "data"), "PYTHONUTF8": "1"}
    done = subprocess.run(asked, capture_output=True, env=environment, check=True)
    assert b"Zo\\xe9\\u2026" in done.stdout
