"""Delimited files broken in every way that exports are broken, each with what is in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cx_pipeline.extract.reader import ReadOptions, open_file
from cx_pipeline.extract.refusal import FileRefused

Record = tuple[str, ...]
NAMES: Record = ("opened", "at", "count", "ticket", "amount", "subject", "text", "link", "note")
_SUBJECTS = ("Parcel is late", "Where's my refund?", "Kids' bike, 24\" wheel", "Login fails", "Men's boots: wrong size")
_TEXTS = (
    "It should have been here on Monday, and nobody answers.",
    "I wrote twice; the page shows 8'9\" for a rod, which can't be right, can it?",
    'He said "tomorrow", then "next week".',
    "All fine now, thank you",
    "Steps: open, tap, wait; then it closes by itself",
)


def table(rows: int = 24, seed: int = 7) -> list[Record]:
    """Clean records with dates, times, numbers, ids, amounts, words, texts, links and a column that is nearly always empty."""
    dice = random.Random(seed)
    return [
        (
            f"{number % 28 + 1:02}/{number % 12 + 1:02}/2026",
            f"{number % 24:02}:{number % 4 * 15:02}",
            str(dice.randrange(10)),
            f"T{dice.choice('ABC')}-{1000 + number}",
            f"${dice.randrange(10, 99)}.{dice.randrange(100):02}",
            _SUBJECTS[number % len(_SUBJECTS)],
            _TEXTS[number % len(_TEXTS)],
            f"https://help.example.com/t/{1000 + number}.html",
            "call back" if number == 5 else "",
        )
        for number in range(rows)
    ]


@dataclass(frozen=True)
class Form:
    """How clean records are written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""  # before a quote; a quote is doubled when empty
    end: str = "\r\n"
    always: bool = False

    def cell(self, text: str) -> str:
        special = self.delimiter in text or self.quote in text or "\n" in text or "\r" in text or text.startswith(" ")
        if not (special or self.always or len(text) > 25):
            return text
        return self.quote + text.replace(self.quote, (self.escape or self.quote) + self.quote) + self.quote

    def cells(self, record: Sequence[str]) -> list[str]:
        return [self.cell(text) for text in record]

    def line(self, record: Sequence[str]) -> str:
        return self.delimiter.join(self.cells(record)) + self.end

    def text(self, records: Sequence[Record], names: Sequence[str] | None = NAMES) -> str:
        return "".join(self.line(record) for record in ([tuple(names)] if names else []) + list(records))


@dataclass(frozen=True)
class Case:
    """A polluted file.

    Attributes:
        name: kind of pollution, and where it is.
        data: bytes of the file.
        names, records: what is in it.
        broken: numbers of records that may be kept back instead.
        refused: rules under which the whole file may be kept back instead.
        extra: how many damaged records there may be beyond the broken ones, such as those of a second table.
        options: what the reader is told.
        known_names: names of the columns when the export's are known, where they differ.
    """

    name: str
    data: bytes
    names: Record = NAMES
    records: tuple[Record, ...] = ()
    broken: frozenset[int] = frozenset()
    refused: frozenset[str] = frozenset()
    extra: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    known_names: Record = ()

    @property
    def read_options(self) -> ReadOptions:
        return ReadOptions(**self.options)

    def told(self, known: bool) -> Case:
        """The same with the export's column names known to the reader, or not."""
        names = self.known_names or self.names
        return replace(self, names=names, options=self.options | {"known_columns": frozenset(NAMES)}) if known else self


def outcome(case: Case, folder: Path) -> str:
    """`exact`; `kept back` (broken records alone are missing, no cell is wrong); `refused` as it may be; or what is wrong."""
    path = folder / "polluted.csv"
    path.write_bytes(case.data)
    try:
        with open_file(path, case.read_options) as reader:
            found = [row for batch in reader for row in batch.good.drop("_record", "_line").rows()]
        facts = reader.facts
    except FileRefused as refused:
        return "refused" if refused.rule in case.refused else f"wrong: refused as {refused.rule}"
    expected = [tuple(text or None for text in record) for record in case.records]
    if found == expected and facts.columns == (case.names if case.data else ()):
        return "exact" if facts.damaged <= case.extra else "wrong: more damaged than there is"
    if not found and facts.damaged >= len(expected) and case.refused:
        return "refused"
    if facts.columns != case.names:
        return f"wrong: columns {facts.columns}"
    kept = [record for number, record in enumerate(expected) if number not in case.broken]
    some = [record for record in found if record in kept]
    rest = [record for record in found if record not in kept]
    if some == kept and all(record in expected for record in rest):
        return "kept back"
    return f"wrong: {len(found)} of {len(expected)} records, {sum(record not in expected for record in found)} with wrong cells"


def _case(name: str, text: str, records: Sequence[Record], **more: Any) -> Case:
    return Case(name, text.encode(), records=tuple(records), **more)


def whole_files(records: Sequence[Record]) -> Iterator[Case]:
    """Pollutions of the file or the table as a whole."""
    plain = Form()
    text = plain.text(records)
    yield _case("clean", text, records)
    yield _case("no payload", "", [])
    yield _case("no trailing newline", text.removesuffix("\r\n"), records)
    yield _case("double trailing newline", text + "\r\n", records)
    yield _case("many trailing newlines", text + "\r\n" * 9, records)
    yield _case("no header", plain.text(records, None), records, refused=frozenset({"csv.no_header"}))
    numbered = tuple(f"column_{number + 1}" for number in range(len(NAMES)))
    yield _case("no header, and told so", plain.text(records, None), records, names=numbered, options={"has_header": False})
    yield _case("header only", plain.text([]), [])
    yield _case("one record", plain.text(records[:1]), records[:1])
    yield _case("empty rows between", text.replace("\r\n", "\r\n\r\n"), records)
    yield Case("byte order mark", b"\xef\xbb\xbf" + text.encode(), records=tuple(records))
    yield Case("utf-16", text.encode("utf-16"), records=tuple(records))
    yield _case("nul bytes", text.replace("Login", "Lo\0gin"), [tuple(c.replace("Login", "Lo\0gin") for c in r) for r in records])
    long = [(*record[:6], "many words, " * 500, *record[7:]) for record in records]
    yield _case("long cells", plain.text(long), long)
    broken = [(*record[:6], "a line,\nand another\n\nand one more", *record[7:]) for record in records]
    yield _case("line breaks in cells", plain.text(broken), broken)
    yield _case("every cell quoted", replace(plain, always=True).text(records), records)


def headers(records: Sequence[Record]) -> Iterator[Case]:
    """Pollutions of what stands before the records."""
    plain = Form()
    body = plain.text(records, None)
    header = plain.line(NAMES)
    for rows in (2, 3):
        again = tuple(" ".join([name] * rows) for name in NAMES)
        yield _case(f"header of {rows} rows", header * rows + body, records, names=again, known_names=NAMES)
    units = ("day", "clock", "pieces", "key", "dollars", "line", "prose", "address", "remark")
    both = tuple(f"{name} {unit}" for name, unit in zip(NAMES, units, strict=True))
    yield _case("header of names and units", header + plain.line(units) + body, records, names=both, known_names=NAMES)
    blank = plain.line([""] * len(NAMES))
    yield _case("title row and empty row", plain.line(["Tickets"] + [""] * 8) + blank + header + body, records)
    yield _case("title row", plain.line(["Tickets of March"] + [""] * 8) + header + body, records)
    yield _case("preamble of text", "Tickets of March\r\nmade by the desk\r\n\r\n" + header + body, records)
    yield _case("preamble with delimiters", "Tickets, all of them\r\nmade: 03/04/2026, 10:00\r\n" + header + body, records)
    yield _case("comment lines", "# exported 2026-03-01\r\n# 24 tickets\r\n" + header + body, records)
    yield _case("leading empty rows", "\r\n\r\n" + header + body, records)
    yield _case("separator line", "sep=,\r\n" + header + body, records)
    twice = ("opened", "at", "count", "ticket", "at", "subject", "text", "", "note")
    stored = ("opened", "at", "count", "ticket", "at__2", "subject", "text", "column_8", "note")
    yield _case("repeated and empty names", plain.line(twice) + body, records, names=stored)
    large = ("opened", "at", "x" * 100_000, *NAMES[3:])
    yield _case("a very long name", plain.line(large) + body, records, names=large)
    for column in range(len(NAMES)):
        cells = plain.cells(NAMES)
        more = [*cells[:column], "", *cells[column:]]
        may = frozenset({"csv.header", "csv.no_header"})
        yield _case(f"header with one delimiter more at {column}", ",".join(more) + "\r\n" + body, records, refused=may)
        quoted = [*cells[:column], '"' + cells[column], *cells[column + 1 :]]
        yield _case(f"header with a stray quote at {column}", ",".join(quoted) + "\r\n" + body, records, refused=may)
        if column:
            fused = [*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]]
            yield _case(f"header with one delimiter less at {column}", ",".join(fused) + "\r\n" + body, records, refused=may)
    yield _case("header with another delimiter", " ".join(NAMES) + "\r\n" + body, records, refused=may)


def dialects(records: Sequence[Record]) -> Iterator[Case]:
    """Other delimiters, quotes, escapes and line ends."""
    for delimiter in (";", "\t", "|", " ", ", ", "||", "::", " | ", "\t\t", "~", "^", ":", "; ", "|~|", "\x1f", "\\t", "#"):
        yield _case(f"delimiter {delimiter!r}", Form(delimiter=delimiter).text(records), records)
    for delimiter in (",", ";", "\t", "|"):
        yield _case(f"quote ' with {delimiter!r}", Form(delimiter=delimiter, quote="'").text(records), records)
        backslash = Form(delimiter=delimiter, escape="\\")
        yield _case(f"escape \\ with {delimiter!r}", backslash.text(records), records)
    yield _case("quote ' and escape \\", Form(quote="'", escape="\\").text(records), records)
    for end in ("\n", "\r"):
        yield _case(f"line end {end!r}", Form(end=end).text(records), records)
        yield _case(f"line end {end!r}, delimiter ;", Form(end=end, delimiter=";").text(records), records)
    lines = [Form(end=("\r\n", "\n")[number % 2]).line(record) for number, record in enumerate([NAMES, *records])]
    yield _case("mixed line ends", "".join(lines), records)
    doubtful = frozenset(number for number, record in enumerate(records) if '"' in "".join(record))
    yield _case("no escape", Form().text(records).replace('""', '"'), records, broken=doubtful)


def several_tables(records: Sequence[Record]) -> Iterator[Case]:
    """A second table behind the first, with fewer, as many and more columns; with its own names, and after an empty row."""
    plain = Form()
    text, size = plain.text(records), len(records) + 2
    names = ("region", "people", "desk", "city", "floor", "lead", "phone", "mail", "since")
    others = [(f"R{number}", str(number), "a", "b", "3", "c", f"55-{number}", "d", f"20{number:02}") for number in range(10, 30)]
    for columns in (5, 8, 9, 10, 12):
        second = [(*NAMES, "more", "most", "all")[:columns], *((*record, "1", "2", "3")[:columns] for record in records)]
        yield _case(f"second table of {columns} columns", text + plain.text(second, None), records, extra=size)
        yield _case(f"second table of {columns} columns, apart", text + "\r\n" + plain.text(second, None), records, extra=size)
    for columns in (3, 9):
        second = [record[:columns] for record in others]
        apart = text + "\r\n" + plain.text(second, names[:columns])
        yield _case(f"another table of {columns} columns, apart", apart, records, extra=size)
    yield _case("footer lines", text + "\r\nTotal: 24\r\nend of report\r\n", records, extra=2)
    yield _case("footer with a delimiter", text + "Total, 24\r\n", records, extra=1)


def single_rows(records: Sequence[Record], rows: Sequence[int]) -> Iterator[Case]:
    """One record with a delimiter more, less or another one, or with a stray quote, for every column."""
    plain = Form()
    lines = [plain.line(record) for record in (NAMES, *records)]
    for row in rows:
        cells, broken = plain.cells(records[row]), frozenset({row})

        def put(name: str, line: list[str], row: int = row, broken: frozenset[int] = broken, delimiter: str = ",") -> Case:
            text = "".join([*lines[: row + 1], delimiter.join(line) + "\r\n", *lines[row + 2 :]])
            return _case(f"{name} in row {row}", text, records, broken=broken)

        for column in range(len(NAMES)):
            yield put(f"one delimiter more at {column}", [*cells[:column], "", *cells[column:]])
            yield put(f"a stray quote at {column}", [*cells[:column], '"' + cells[column], *cells[column + 1 :]])
            if column:
                yield put(
                    f"one delimiter less at {column}",
                    [*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]],
                )
        yield put("another delimiter", cells, delimiter=" ")
        yield put("half a record", cells[:4])
        yield put("nothing but a word", ["cancelled"])


KINDS: tuple[Callable[[Sequence[Record]], Iterator[Case]], ...] = (whole_files, headers, dialects, several_tables)


def every_case(rows: Sequence[int] | None = None, records: Sequence[Record] | None = None) -> list[Case]:
    """The whole corpus; `rows` says which records are broken one by one."""
    data = table() if records is None else records
    cases = [case for kind in KINDS for case in kind(data)]
    return cases + list(single_rows(data, range(len(data)) if rows is None else rows))
