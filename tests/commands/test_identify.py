"""Who is who in a table of one's own: read in any dialect, answered in files, told in counts."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.commands.people_file import parsed_mapping
from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.model import load_model
from cx_pipeline.synth.population import population
from tests.commands.conftest import Cli

# Two records of Ada, two of Bela, one each of Cleo and Dora, who live together.
PEOPLE = [
    ("Ada", "Quennell", "ada@quenloria.com", "1 Fern Lane", "Tidewick", "a"),
    ("Ada", "Quennell", "ADA@quenloria.com", "1 Fern Lane", "Tidewick", "a"),
    ("Bela", "Ostrander", "bela@ostravelle.com", "22 Moss Road", "Larkham", "b"),
    ("Bela", "Ostrandr", "bela@ostravelle.com", "22 Moss Road", "Larkham", "b"),
    ("Cleo", "Vantreight", "cleo@vostrania.com", "7 Brook Street", "Fernby", "c"),
    ("Dora", "Vantreight", "dora@vostrania.com", "7 Brook Street", "Fernby", ""),
]
MAPPING = ("--map", "given_name=First,family_name=Last,email=Mail,street=Home", "--map", "city=Town")
GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
ANSWERS = ("membership", "customers", "explanations", "review", "blocking")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    lines = ["First;Last;Mail;Home;Town;Who", *(";".join(person) for person in PEOPLE)]
    path.write_bytes("\r\n".join(lines).encode("utf-16"))
    return path


def _groups(folder: Path) -> set[frozenset[str]]:
    rows = pl.read_parquet(folder / "membership.parquet")
    return {frozenset(group["record_id"].to_list()) for _, group in rows.group_by("customer_id")}


def test_a_table_in_another_dialect_is_answered_and_judged(cli: Cli, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "who"
    said = cli("identify", table, *MAPPING, "--out", out, "--truth", "Who", "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = said.json
    assert (told["records"], told["damaged"], told["customers"], told["changes"]) == (6, 0, 4, [])
    assert told["truth"]["records"] == 5
    assert (told["truth"]["pairs"]["found"], told["truth"]["pairs"]["f1"], told["truth"]["customers"]["f1"]) == (2, 1.0, 1.0)
    assert told["links"] == [{"rule": "email", "links": 2}]
    assert told["columns"]["street"] == ["Home"]
    assert _groups(out) == {frozenset("12"), frozenset("34"), frozenset("5"), frozenset("6")}
    for name in ANSWERS:
        with (out / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            assert len(list(csv.DictReader(handle))) == pl.read_parquet(out / f"{name}.parquet").height
    assert {path.stat().st_mode & 0o077 for path in [out, *out.rglob("*")]} == {0}


def test_no_value_of_anybody_is_printed(cli: Cli, table: Path, tmp_path: Path) -> None:
    said = cli("identify", table, *MAPPING, "--out", tmp_path / "who", "--truth", "Who")
    assert said.code == 0
    assert "against the truth of 5 records" in said.out
    assert "links by rule" in said.out
    values = {value for person in PEOPLE for value in person[:-1]} | {value.lower() for person in PEOPLE for value in person[:-1]}
    assert [value for value in values if value in said.out + said.err] == []


def test_an_answer_is_continued_and_statements_hold(cli: Cli, table: Path, tmp_path: Path) -> None:
    out, same, different = tmp_path / "who", tmp_path / "same.csv", tmp_path / "different.csv"
    assert cli("identify", table, *MAPPING, "--out", out).code == 0
    first = dict(pl.read_parquet(out / "membership.parquet").select("record_id", "customer_id").rows())
    same.write_text("left,right\n5,6\n6,404\n", encoding="utf-8")
    different.write_text("left,right,why\n4,3,asked them\n", encoding="utf-8")
    said = cli("identify", table, *MAPPING, "--out", out, "--must-link", same, "--cannot-link", different, "--json")
    assert said.code == 0, said.err
    assert _groups(out) == {frozenset("12"), frozenset("3"), frozenset("4"), frozenset("56")}
    second = dict(pl.read_parquet(out / "membership.parquet").select("record_id", "customer_id").rows())
    assert {record for record, customer in second.items() if first[record] != customer} <= {"3", "4", "5", "6"}
    assert second["1"] == first["1"]
    assert second["5"] in {first["5"], first["6"]}
    assert said.json["statements"] == {"applied": 2, "unknown": 1, "set_aside": 0}
    assert {change["kind"]: change["customers"] for change in said.json["changes"]}["absorbed"] == 1
    assert cli("identify", table, *MAPPING, "--out", out, "--json").code == 0
    third = dict(pl.read_parquet(out / "membership.parquet").select("record_id", "customer_id").rows())
    assert {record: third[record] for record in "1256"} == {record: first[record] for record in "1256"}
    assert third["3"] == third["4"]
    assert third["3"] in {second["3"], second["4"]}
    kept = {path.name.split(".")[0] for path in (out / "registry").iterdir()}
    assert kept == {"000002", "000003"}


def test_columns_named_as_identity_names_them_need_no_mapping(cli: Cli, tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "Record Id": ["x", "y", "z"],
            "fullName": ["Ada Quennell", "Ada Quennell", "Bela Ostrander"],
            "loyalty": ["A-100", "A-100", "B-200"],
            "passport": ["", "P77", "P78"],
        }
    )
    rows.write_parquet(tmp_path / "people.parquet")
    out = tmp_path / "who"
    ids = "external_ids=loyalty,external_ids=passport"
    said = cli("identify", tmp_path / "people.parquet", "--map", ids, "--out", out, "--json")
    assert said.code == 0, said.err
    assert said.json["columns"] == {
        "record_id": ["Record Id"],
        "full_name": ["fullName"],
        "external_ids": ["loyalty", "passport"],
    }
    assert _groups(out) == {frozenset("xy"), frozenset("z")}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--map", "email=Nowhere"), 2, "no such column (Nowhere)"),
        (("--map", "nose=Mail"), 2, "--map cannot be read"),
        (("--map", "email=Mail,email=Home"), 2, "several columns"),
        ((), 2, "no column of the file tells who somebody is"),
        (("--map", "record_id=Town,email=Mail"), 2, "a record_id comes more than once"),
        (("--map", "email=Mail", "--model", "missing.json"), 2, "the identity model cannot be read"),
        (("--map", "email=Mail", "--settings", "missing.toml"), 2, "the settings cannot be read"),
        (("--map", "email=Mail", "--must-link", "missing.csv"), 2, "--must-link does not exist"),
        (("--map", "email=Mail", "--save-model", "no/where.json"), 2, "--save-model does not exist"),
    ],
)
def test_bad_usage_is_told_and_nothing_is_written(
    words: tuple[str, ...], code: int, told: str, cli: Cli, table: Path, tmp_path: Path
) -> None:
    said = cli("identify", table, "--out", tmp_path / "who", *words)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert not any(value in said.err for person in PEOPLE for value in person[:4])
    assert not (tmp_path / "who").exists()


def test_pairs_that_cannot_be_read_are_named_by_their_lines(cli: Cli, table: Path, tmp_path: Path) -> None:
    (tmp_path / "same.csv").write_text("left,right\n1,1\n2,\n", encoding="utf-8")
    said = cli("identify", table, *MAPPING, "--out", tmp_path / "who", "--must-link", tmp_path / "same.csv")
    assert said.code == 2
    assert "line 2, column right" in said.err
    assert "line 3, column right: expected a record_id" in said.err


def test_settings_of_a_file_hold(cli: Cli, table: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[identity]\nblocked_values = ["ada@quenloria.com", "bela@ostravelle.com"]\n', encoding="utf-8"
    )
    said = cli("identify", table, *MAPPING, "--out", tmp_path / "who", "--settings", tmp_path / "own.toml", "--json")
    assert said.code == 0, said.err
    assert "email" not in {row["rule"] for row in said.json["links"]}


def test_the_fitted_model_is_kept_and_used_again(cli: Cli, tmp_path: Path) -> None:
    made = population(300, 4)
    made.people.join(made.truth, on="record_id").write_csv(tmp_path / "people.csv")
    words = ("identify", tmp_path / "people.csv", "--truth", "person", "--json")
    first = cli(*words, "--out", tmp_path / "one", "--save-model", tmp_path / "own.json")
    assert first.code == 0, first.err
    model = load_model(tmp_path / "own.json")
    assert model.fitted_on == first.json["model"]
    assert model.prior is not None
    again = cli(*words, "--out", tmp_path / "two", "--model", tmp_path / "own.json")
    assert again.json["customers"] == first.json["customers"]
    assert again.json["truth"]["pairs"] == first.json["truth"]["pairs"]
    assert first.json["truth"]["pairs"]["f1"] > 0.85


def test_the_example_of_the_guide_works(cli: Cli, tmp_path: Path) -> None:
    section = GUIDE.read_text(encoding="utf-8").split("## Identify people in a table of your own\n")[1].split("\n## ")[0]
    given, answer = re.findall(r"```csv\n(.*?)```", section, flags=re.DOTALL)
    (tmp_path / "people.csv").write_text(given, encoding="utf-8")
    asked = next(line for line in section.splitlines() if line.startswith("cx-pipeline identify people.csv"))
    assert cli(*shlex.split(asked)[1:]).code == 0
    written = pl.read_csv("who/membership.csv")
    told = pl.read_csv(io.StringIO(answer))
    assert written.select("record_id", "rule", "probability").equals(told.select("record_id", "rule", "probability"))
    same = written.join(written, on="customer_id").select("record_id", "record_id_right").rows()
    assert set(same) == set(told.join(told, on="customer_id").select("record_id", "record_id_right").rows())


def test_a_comma_in_a_column_name_is_no_next_mapping() -> None:
    assert parsed_mapping(["full_name=Name, whole, city = Town"]) == {"full_name": ["Name, whole"], "city": ["Town"]}
    with pytest.raises(ConfigError, match="--map"):
        parsed_mapping(["city="])
