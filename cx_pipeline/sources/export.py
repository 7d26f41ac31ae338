"""What a vendor's export is: how it is recognised, read, keyed, versioned and mapped.

A source file under `sources/` holds nothing but `Export` objects; they are discovered by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import polars as pl

from cx_pipeline.extract.header import HeaderReader
from cx_pipeline.extract.options import EntryReader
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.scrub.time_formats import TimeFormat
from cx_pipeline.settings.reading import Survey
from cx_pipeline.sources.naming import fold

Policy = Literal["evolve", "hold", "quarantine"]


@dataclass(frozen=True, eq=False)
class Context:
    """What a batch must be told from outside: settings, and what the whole file said about a column.

    Attributes:
        default_country: ISO country of phone numbers written without one.
        zone: of times written without one.
        time_formats: column to the format that the whole column showed, where it is not the declared one.
        undecidable: columns whose values fit more than one time format.
        locales: column to the decimal locale that the whole column showed.
        test_domains: e-mail domains of test records, beyond the reserved ones.
        mailboxes: role mailboxes, beyond the usual ones.
        labels: column to what the further header rows of the file say of it.
        choices: further columns whose texts are choices from a list, as the whole column showed, not what people wrote.
        file_label: what the file's name says after the export's name and without a date, such as the id of a survey.
        survey: what the settings declare of the survey that the file holds.
        continued: of rows that go on with an earlier one: `_record`, their place, and what they take from it.
        held: raw columns that drifted and wait to be accepted: their values are kept out.
    """

    default_country: str = "US"
    zone: str = "UTC"
    time_formats: Mapping[str, TimeFormat] = field(default_factory=dict)
    undecidable: frozenset[str] = frozenset()
    locales: Mapping[str, str] = field(default_factory=dict)
    test_domains: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: frozenset[str] = frozenset()
    file_label: str = ""
    survey: Survey | None = None
    continued: pl.DataFrame | None = None
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Field:
    """A column of the export and what is done to it.

    Attributes:
        name: the column as the vendor writes it (for JSON: the top-level key; nested values arrive as JSON text).
        rules: the chain of rules, given the context of the file.
        alias: name of the scrubbed column; `name` when empty.
        required: the file is quarantined whole when the column is missing.
        at: a JSON path inside `name`, such as `$.source.from.address`, when the value is nested.
        time_format: declared format of a time column; the file is looked at as a whole where it does not fit.
    """

    name: str
    rules: Callable[[Context], tuple[Rule, ...]]
    alias: str = ""
    required: bool = False
    at: str | None = None
    time_format: TimeFormat | None = None

    @property
    def column(self) -> str:
        return self.alias or self.name


@dataclass(frozen=True, eq=False)
class Items:
    """The several things of one kind that a record holds: elements of a JSON array, entries of a map, cells of its columns.

    Expressions read the scrubbed columns of an item as `item.<column>`, the text as the vendor wrote it as
    `raw.item.<column>`, its place in the record (from 1) as `item.number`, and the columns of the record by their names.

    Attributes:
        name: what an item is, such as `parts`; rules are counted for `<name>.<column>`.
        of: takes the items out of raw text records: `_record` and raw text columns, in the order of records and items.
        fields: the columns of an item that are used.
        prepare: further columns, computed in order from scrubbed ones before mapping.
        column: raw column that they lie in; empty where each has a column of its own.
        paths: where they lie in the JSON of that column.
        takes: which of a file's columns are items, where each has a column of its own.
    """

    name: str
    of: Callable[[pl.DataFrame, Context], pl.DataFrame]
    fields: tuple[Field, ...]
    prepare: Mapping[str, pl.Expr] = field(default_factory=dict)
    column: str = ""
    paths: tuple[str, ...] = ()
    takes: Callable[[Sequence[str], Context], Sequence[str]] | None = None


@dataclass(frozen=True, eq=False)
class Continuation:
    """Rows of which several tell of one thing and the first alone says all of it, such as an order over the rows of its lines.

    Attributes:
        group: raw column that all rows of one thing repeat.
        head: raw column that names the thing, on its first row or on all of them.
        carried: further raw columns whose blank cells say what the first row says.
        place: name of the raw column made: the row's place among those of its thing, from 1; null where nothing is continued.
        key: name of the raw column made: what the head says, from the second row on with `/` and the place behind it.
        marked_by: raw column without which a file holds no such rows.
    """

    group: str
    head: str
    carried: tuple[str, ...]
    place: str
    key: str
    marked_by: str


@dataclass(frozen=True, eq=False)
class Rows:
    """How one record becomes rows of a table: one row, or one for each of its items.

    Expressions read scrubbed columns by their names, and the text as the vendor wrote it as `raw.<column>`.

    Attributes:
        columns: canonical column to expression; columns not named are null.
        contains: rows that a record (or an item) holds for the table, over the RAW text columns by their vendor names. The
            ledger compares it with what the mapping made, so it is written apart from `when`.
        when: which records (or items) give a row; None for all.
        items: what of the record gives the rows; None for the record itself.
    """

    columns: Mapping[str, pl.Expr]
    contains: pl.Expr
    when: pl.Expr | None = None
    items: Items | None = None


@dataclass(frozen=True, eq=False)
class TableMap:
    """The canonical table that records feed. A row of a `primary` table that breaks its contract quarantines its record."""

    table: str
    rows: tuple[Rows, ...]
    primary: bool = False


@dataclass(frozen=True, eq=False)
class Export:
    """One export of one vendor.

    Attributes:
        source: delivery folder, such as `zendesk`.
        name: export name, such as `tickets`; files are recognised by this prefix.
        title: what it holds, one line.
        formats: the file formats that the vendor writes, for the docs.
        fields: the columns that are used; unknown ones stay in the raw layer and are reported.
        key: scrubbed column that identifies a record within the export.
        clock: scrubbed columns that order versions, at most two, most significant first.
        tables: canonical tables it feeds, the primary one first.
        page_keys: top-level keys under which API pages hold the records; `outer.inner` for records one object deeper.
        header: reads header rows that are more than one row of names; None for CSV with one, and for other formats.
        ignore: raw columns that are no content of the record (last viewed at, time of the export, …).
        known: further columns that the vendor is known to write and no mapping reads: no news when they come.
        deleted: expression that is true for tombstones.
        test: expression that is true for test and sandbox records, given the context.
        personal_key: the vendor's id is itself personal, and published as its token.
        prepare: further columns, computed in order from scrubbed ones before mapping; they may read `file_label` and
            what the settings declare of the survey (`survey.audience`, `.metric`, `.scale`, `.scale_min`, `.scale_max`,
            `.is_inverted`), too.
        is_named_by_file: the mapping reads the file's name, so equal bytes under two names are not the same.
        open_columns: every further column is data that items take, so none is news.
        spellings: column to further names that the vendor gives it. With any, names are told apart by letters and digits alone.
        on_drift: what becomes of a raw column that is new, missing, renamed or of another kind, or of a choice column (by the
            mapping's name) with new words. `evolve`, the usual, lets it through and tells; `hold` keeps its values out, null
            and flagged; `quarantine` keeps the whole delivery back. Both end when the settings accept it; `*` names the
            policy of all columns not named.
        derive: raw text columns made of others before anything is scrubbed, given the file's columns; fields may read them.
        continuation: how rows that go on with an earlier one are known; what they leave out is filled in after `derive`.
        unfold: raw text columns taken out of nested ones, all in one go, before `derive`, which may read them.
        entry: what the name of a file, or of a document in a zip, says of its records; it becomes the raw column `ENTRY` of each.
    """

    source: str
    name: str
    title: str
    formats: tuple[str, ...]
    fields: tuple[Field, ...]
    key: str
    clock: tuple[str, ...]
    tables: tuple[TableMap, ...]
    page_keys: tuple[str, ...] = ()
    header: HeaderReader | None = None
    ignore: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    deleted: pl.Expr | None = None
    test: Callable[[Context], pl.Expr] | None = None
    personal_key: bool = False
    prepare: Mapping[str, pl.Expr] = field(default_factory=dict)
    is_named_by_file: bool = False
    open_columns: bool = False
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_drift: Mapping[str, Policy] = field(default_factory=dict)
    derive: Callable[[Sequence[str], Context], Mapping[str, pl.Expr]] | None = None
    continuation: Continuation | None = None
    unfold: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    entry: EntryReader | None = None

    @property
    def id(self) -> str:
        """`source.export`, as on the command line."""
        return f"{self.source}.{self.name}"

    @cached_property
    def reads(self) -> frozenset[str]:
        """Raw columns that the mapping uses."""
        plain = Context()
        siblings = {name for column in self.fields for rule in column.rules(plain) for name in rule.siblings}
        held = {items.column for items in self.items if items.column}
        return frozenset({column.name for column in self.fields} | siblings | held)

    @cached_property
    def items(self) -> tuple[Items, ...]:
        """Every kind of item that a table is made of, once."""
        return tuple({id(rows.items): rows.items for table in self.tables for rows in table.rows if rows.items}.values())

    @property
    def required(self) -> frozenset[str]:
        return frozenset(column.name for column in self.fields if column.required)

    @property
    def names(self) -> frozenset[str]:
        """Every name that a column of the export is known to have."""
        others = {other for names in self.spellings.values() for other in names}
        return self.reads | self.ignore | self.known | others

    def spelled(self, columns: Sequence[str]) -> dict[str, str]:
        """Columns that the export reads to those of the file that hold them under another name."""
        if not self.spellings:
            return {}
        wanted = [name for name in dict.fromkeys((*self.spellings, *sorted(self.reads))) if name not in columns]
        held = {fold(name): name for name in reversed(columns) if name not in self.reads}
        found: dict[str, str] = {}
        for name in wanted:
            for known in (name, *self.spellings.get(name, ())):
                if fold(known) in held:
                    found[name] = held[fold(known)]
                    break
        return found

    def missing(self, columns: Sequence[str]) -> list[str]:
        """Required columns that a file with these columns does not have, nor any to make them of."""
        if len(columns) == 1 and columns[0] in self.page_keys:
            return []  # a record in an envelope
        found = [*columns, *self.spelled(columns)]
        made = self.derive(found, Context()) if self.derive is not None else {}
        return sorted(self.required - {*found, *made})
