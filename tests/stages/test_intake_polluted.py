"""Files of known exports broken in the ways that exports are broken, taken in as a night's deliveries.

Visits are one line each; complaints have texts with commas, quotes and line breaks in most records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl
import pytest

from cx_pipeline.extract import land
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.manifest import Status, landed
from tests.extract.polluted import Case, Form, Record
from tests.stages.pipeline import Pipeline
from tests.stages.shop import NIGHT_1
from tests.stages.test_intake import Deliver

ROWS = 24
VISIT = ("visit_id", "store_id", "entered_at", "staff_id", "purpose", "email", "customer_name", "outcome", "note", "updated_at")
COMPLAINT = (
    *("Date received", "Product", "Issue", "Consumer complaint narrative", "Company", "State", "ZIP code"),
    *("Submitted via", "Date sent to company", "Timely response?", "Complaint ID"),
)
_NOTES = ("Asked for another size; we have none.", 'Wanted the 5" one, came twice', "In a hurry", "")


def visits() -> list[Record]:
    return [
        (
            *(
                f"V-{number:07}",
                f"S-00{number % 5}",
                f"2026-02-{number + 1:02}T11:{number:02}:17+01:00",
                str(90_022 + number % 3),
            ),
            *("browse", f"p{number}@mail.example", ("Siân Smythe", "O'Brien, Pat")[number % 2], "bought", _NOTES[number % 4]),
            f"2026-02-{number + 1:02}T12:{number:02}:59+01:00",
        )
        for number in range(ROWS)
    ]


def complaints() -> list[Record]:
    return [
        (
            *(f"2026-01-{number + 1:02}", "Payday loan, title loan, or personal loan", "Charged fees you didn't expect"),
            f'I paid XXXX for my order {number}.\nThey say they "never got it", & keep sending letters.' if number % 3 else "",
            *("HOME FINANCE, INC.", ("MA", "CO", "NJ")[number % 3], f"021{number:02}", "Web", f"2026-02-{number + 1:02}"),
            *("Yes", str(9_100_203 + 37 * number)),
        )
        for number in range(ROWS)
    ]


EXPORTS = {"store.visits": (VISIT, visits()), "cfpb.complaints": (COMPLAINT, complaints())}


def crooked_quotes(names: Record, records: list[Record]) -> Iterator[Case]:
    """Quotes of word processors, and lines that were taken for one cell each."""
    for opening, closing in ("“”", "«»", "„“"):

        def quoted(text: str, opening: str = opening, closing: str = closing, always: bool = False) -> str:
            return f"{opening}{text}{closing}" if always or "," in text or "\n" in text else text

        plain_cells = [tuple(text.replace('"', "") for text in record) for record in records]
        for always in (False, True):
            rows = [",".join(quoted(text, always=always) for text in record) + "\r\n" for record in (names, *plain_cells)]
            how = "around all" if always else "where needed"
            yield Case(f"quotes {opening}{closing} {how}", "".join(rows).encode(), names, tuple(plain_cells))
    lines = [Form().line(record) for record in (names, *records)]
    if not any("\n" in line[:-2] for line in lines):
        wrapped = ['"' + line[:-2].replace('"', '""') + '"\r\n' for line in lines]
        yield Case("every line in quotes", "".join(wrapped).encode(), names, tuple(records))
        yield Case("every line but the first in quotes", (lines[0] + "".join(wrapped[1:])).encode(), names, tuple(records))


def pollutions(names: Record, records: list[Record]) -> Iterator[Case]:
    plain = Form()
    text, header = plain.text(records, names), plain.line(names)
    lines = [plain.line(record) for record in records]

    def case(name: str, text: str, broken: int | None = None, extra: int = 0) -> Case:
        return Case(
            name, text.encode(), names, tuple(records), frozenset() if broken is None else frozenset({broken}), extra=extra
        )

    def put(name: str, line: str) -> Case:
        return case(name, header + "".join(lines[:7]) + line + "\r\n" + "".join(lines[8:]), broken=7)

    yield case("as it should be", text)
    yield Case("header only", header.encode(), names)
    for delimiter in (";", "\t", "|", ", ", "||", "\t\t", " , "):
        yield case(f"delimiter {delimiter!r}", Form(delimiter=delimiter).text(records, names))
    for quote in "'$%`|~":
        yield case(f"quote {quote}", Form(quote=quote).text(records, names))
        yield case(f"quote {quote} around all", Form(quote=quote, always=True).text(records, names))
    yield case("escape", Form(escape="\\").text(records, names))
    for end in ("\n", "\r", "\n\r", "\r\r\n"):
        yield case(f"line end {end!r}", Form(end=end).text(records, names))
    turns = [Form(end=("\r\n", "\r")[number % 2]).line(record) for number, record in enumerate([names, *records])]
    yield case("line ends in turn", "".join(turns))
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32"):
        yield Case(encoding, text.encode(encoding), names, tuple(records))
    yield case("preamble", "Monthly report\r\nmade by hand, at night\r\n" + text)
    yield case("comment and empty line before", "# exported today\r\n\r\n" + text)
    yield case("title row", "Report" + "," * (len(names) - 1) + "\r\n" + text)
    yield case("header again in the middle", header + "".join(lines[:9]) + header + "".join(lines[9:]), extra=1)
    yield case("totals and notes behind", text + "\r\nTotal: 24 rows\r\nGenerated by hand, at night\r\n", extra=2)
    yield case("comment between", header + "".join(lines[:9]) + "# by hand, too\r\n" + "".join(lines[9:]), extra=1)
    yield case("another table behind", text + "\r\nregion,people\r\nNorth,3\r\nSouth,4\r\n", extra=3)
    yield case("empty lines", header + "\r\n".join(lines) + "\r\n\r\n")
    yield case("delimiter behind every row", "".join(line[:-2] + ",\r\n" for line in (header, *lines)))
    yield case("delimiter behind rows alone", header + "".join(line[:-2] + ",\r\n" for line in lines))
    cells = plain.cells(records[7])
    yield put("a cell less", ",".join(cells[:-1]))
    yield put("a cell more", ",".join([*cells, ""]))
    yield put("half a row", ",".join(cells[:4]))
    yield put("another delimiter in one row", ";".join(cells))
    yield put("a quote that is never closed", ",".join([cells[0], '"' + cells[1], *cells[2:]]))
    yield put("a quote within a quoted cell", ",".join([cells[0], '"he said "yes, yes" twice"', *cells[2:]]))
    yield case("cut at the end", text[: text.rindex(",") - 3], broken=ROWS - 1)


CASES = [
    pytest.param(export, case, id=f"{export} {case.name}")
    for export, (names, records) in EXPORTS.items()
    for case in (*pollutions(names, records), *crooked_quotes(names, records))
]


@pytest.mark.parametrize(("export", "case"), CASES)
def test_a_broken_file_lands_exactly_or_without_its_broken_row(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, export: str, case: Case
) -> None:
    monkeypatch.setattr("cx_pipeline.stages.intake._PAUSE_SECONDS", 0.0)
    source, name = export.split(".")
    deliver(f"{NIGHT_1}/{source}/{name}_polluted.csv", case.data)
    [entry] = pipeline.take_in()
    assert (entry.status, entry.rule) == (Status.LANDED, "")
    assert not get(export).missing(entry.facts.columns)
    found: list[Record] = []
    if entry.facts.records > entry.facts.damaged:
        folder = landed(pipeline.layout, source, name, entry.content) / "records"
        found = land.scan(folder, case.names).select(pl.col(case.names).fill_null("")).collect().rows()
    expected = [record for number, record in enumerate(case.records) if number not in case.broken]
    assert Counter(found) - Counter(case.records) == Counter()
    assert [record for record in found if record in expected] == expected
    assert entry.facts.damaged <= case.extra + 3 * len(case.broken)
