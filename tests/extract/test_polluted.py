"""Files broken in every way that exports are broken load exactly, or lose nothing but what is broken: no cell is ever shifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extract.conftest import read_file
from tests.extract.polluted import KINDS, NAMES, Case, Form, Record, every_case, outcome, single_rows, table


def judged(cases: Sequence[Case], folder: Path, known: bool) -> dict[str, str]:
    return {case.name: outcome(case.told(known), folder) for case in cases}


def wrong(outcomes: dict[str, str]) -> dict[str, str]:
    return {name: how for name, how in outcomes.items() if how.startswith("wrong")}


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_files(kind: Callable[[Sequence[Record]], Iterator[Case]], known: bool, tmp_path: Path) -> None:
    outcomes = judged(list(kind(table())), tmp_path, known)
    assert wrong(outcomes) == {}
    others = {name for name, how in outcomes.items() if how != "exact"}
    without_names = {"no header", *(f"header with one delimiter less at {column}" for column in range(1, 9))}
    assert others <= {"no escape", *without_names}


@pytest.mark.parametrize("known", [False, True])
def test_single_rows(known: bool, tmp_path: Path) -> None:
    outcomes = judged(list(single_rows(table(), [0, 12, 23])), tmp_path, known)
    assert wrong(outcomes) == {}
    assert set(outcomes.values()) == {"kept back"}


@pytest.mark.slow
@pytest.mark.parametrize("known", [False, True])
def test_many_rows_of_a_longer_table(known: bool, tmp_path: Path) -> None:
    cases = every_case(range(0, 84, 6), table(84, seed=1))
    outcomes = judged(cases, tmp_path, known)
    counts = Counter(outcomes.values())
    assert wrong(outcomes) == {}
    # without a header, and (unless the names are known) with one that lost a delimiter, there is no telling the columns
    assert counts["refused"] == (1 if known else 9)
    assert counts["exact"] + counts["kept back"] + counts["refused"] == len(cases)


@pytest.mark.parametrize("known", [False, True])
def test_a_last_column_that_is_always_empty(known: bool, tmp_path: Path) -> None:
    records = [(*record[:8], "") for record in table()]
    cases = [case for kind in KINDS for case in kind(records)]
    fused = "header with one delimiter less"  # by the bytes alone, the records might just end with a delimiter each
    outcomes = judged([case for case in cases if known or not case.name.startswith(fused)], tmp_path, known)
    assert wrong(outcomes) == {}


def test_text_alone(tmp_path: Path) -> None:
    """Nothing but words: only the widths and the export's names can tell the header."""
    names = ("region", "city", "person")
    records = [(f"Reg{'abcdefgh'[n]}", "ijklmnop"[n] * 4, "of, the town") for n in range(8)]
    text = Form().text(records, names)
    for data in (text, "Report of March\n\n" + text, "Report of March\n" + text):
        assert outcome(Case("text", data.encode(), names, tuple(records)), tmp_path) == "exact"
    told = {"known_columns": frozenset({"Region", "city"})}
    again = "name,things,sorts\n" + text
    assert outcome(Case("text", again.encode(), names, tuple(records), options=told), tmp_path) == "exact"
    told = {"known_columns": frozenset({"id", "colour"})}
    unknown = Case("text", text.encode(), names, tuple(records), refused=frozenset({"csv.no_header"}), options=told)
    assert outcome(unknown, tmp_path) == "refused"


def test_what_stands_before_and_behind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    text = Form().text(table())
    second = Form().text([record[:8] for record in table(12)], NAMES[:8])
    path.write_text("Tickets of March\r\nby the desk\r\n\r\n" + text + "\r\n" + second, newline="")
    result = read_file(path)
    assert (result.facts.preamble_rows, result.facts.header_rows) == (2, 1)
    assert Counter(result.rules) == {"csv.second_table": 13}
    assert result.good["_line"].to_list() == list(range(5, 29))
    assert result.rejects["_line"].to_list() == list(range(30, 43))


def test_what_is_no_record_is_kept_back_alone_under_its_own_rule(tmp_path: Path) -> None:
    for case in [case for case in every_case(rows=[]) if case.extra and "table of" not in case.name]:
        path = tmp_path / "export.csv"
        path.write_bytes(case.data)
        rules = set(read_file(path).rules)
        assert rules <= {"csv.repeated_header", "csv.remark", *(["csv.field_count"] if "titled" in case.name else [])}, case.name
        assert ("csv.repeated_header" in rules) == ("header" in case.name)


@pytest.mark.parametrize("block", [64, 200, 4 << 20])
def test_what_is_no_record_is_kept_back_in_blocks_of_any_size(block: int, tmp_path: Path) -> None:
    for case in [case for case in every_case(rows=[]) if case.extra]:
        told = Case(case.name, case.data, case.names, case.records, extra=case.extra, options={"block_bytes": block})
        assert outcome(told, tmp_path) == "exact", case.name


EDITS = (",", '"', "\r\n", "\n", "\\", "'", ";", " ", "")


@settings(max_examples=120, deadline=None)
@given(
    row=st.integers(0, 17), place=st.integers(0, 400), edit=st.sampled_from(EDITS), known=st.booleans(), seed=st.integers(0, 5)
)
def test_one_edit_anywhere_shifts_no_cell(
    tmp_path_factory: pytest.TempPathFactory, row: int, place: int, edit: str, known: bool, seed: int
) -> None:
    """A character put in or (for the empty edit) taken out of one row: it is kept back, or only the edited cell differs."""
    records = table(18, seed)
    lines = [Form().line(record) for record in [NAMES, *records]]
    line = lines[row + 1]
    place %= len(line) - 1
    lines[row + 1] = line[:place] + edit + line[place + (not edit) :]
    path = tmp_path_factory.getbasetemp() / "edited.csv"
    path.write_text("".join(lines), newline="")
    result = read_file(path, Case("", b"").told(known).read_options)
    assert result.facts.columns == NAMES
    wanted = [tuple(text or None for text in record) for record in records]
    others = [cells for number, cells in enumerate(wanted) if abs(number - row) > 1]
    assert [cells for cells in result.cells if cells in others] == others
    for cells in result.cells:
        assert cells in wanted or sum(one != two for one, two in zip(cells, wanted[row], strict=True)) == 1
