"""The first screen of the README: what the example delivers, what comes out, and that nothing of it is lost."""

from pathlib import Path

import pytest

from cx_pipeline.reference.example import EXPORT, RAW, example_blocks
from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    return example_blocks(ROOT / "docs" / RAW)


def _rows(block: str) -> list[dict[str, str]]:
    header, _, *lines = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()]
    return [dict(zip(header, cells, strict=True)) for cells in lines]


@pytest.mark.parametrize("name", ["export", "clean", "quarantine", "ledger"])
def test_the_readme_shows_what_the_library_makes(blocks: dict[str, str], name: str) -> None:
    assert f"<!-- {name}: generated -->\n\n{blocks[name]}\n\n<!-- {name}: end -->" in README, "next: make docs"


def test_the_readme_shows_the_file_as_delivered(blocks: dict[str, str]) -> None:
    delivered = (ROOT / "docs" / EXPORT).read_text(encoding="utf-8")
    assert blocks["export"] == f"```csv\n{delivered.rstrip()}\n```"


def test_what_the_words_around_it_say_is_so(blocks: dict[str, str]) -> None:
    clean = _rows(blocks["clean"])
    assert [row["source_number"] for row in clean] == ["00001026", "00001027", "00001028"]
    assert clean[0]["customer_id"] == clean[2]["customer_id"] != ""
    assert clean[1]["opened_at"] == "2026-11-01 10:02:00"  # written as 11:02 one hour east
    assert (clean[0]["resolution_ms"], clean[2]["resolution_ms"]) == ("30360000", "")
    assert "closed_before_opened" in clean[2]["dq_flags"]
    assert "brandt" not in "".join(blocks[name] for name in ("clean", "quarantine", "ledger")).lower()
    kept_back = [(row["line"], row["record_number"], row["rule"], row["column_name"]) for row in _rows(blocks["quarantine"])]
    assert kept_back == [("5", "4", "key.unusable", "Id"), ("6", "5", "csv.field_count", "")]


def test_every_line_of_the_ledger_balances_and_the_stages_chain(blocks: dict[str, str]) -> None:
    lines = _rows(blocks["ledger"])
    fates = ("published", "quarantined", "superseded", "duplicate", "filtered")
    assert [int(line["rows_in"]) - sum(int(line[fate]) for fate in fates) for line in lines] == [0] * len(lines)
    records = [line for line in lines if line["table_name"] == "salesforce.Case"]
    assert [line["stage"] for line in records] == ["extract", "scrub", "dedupe"]
    assert [line["rows_in"] for line in records[1:]] == [line["published"] for line in records[:-1]]
    delivered = (ROOT / "docs" / EXPORT).read_text(encoding="utf-8").splitlines()
    assert int(records[0]["rows_in"]) == len(delivered) - 1
    assert int(records[-1]["published"]) == len(_rows(blocks["clean"]))


def test_the_example_says_the_same_wherever_it_lies(blocks: dict[str, str], tmp_path: Path) -> None:
    raw = tmp_path / "docs" / RAW
    copy = raw.parent / EXPORT
    copy.parent.mkdir(parents=True)
    copy.write_bytes((ROOT / "docs" / EXPORT).read_bytes())
    assert example_blocks(raw) == blocks
