"""How a file is read, as far as the caller may say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cx_pipeline.extract.header import HeaderReader, comparable
from cx_pipeline.settings.reading import MIB

ENTRY = "name of the document"
"""The column that holds what an export reads in the names of the documents of a zip."""
EntryReader = Callable[[str], str | None]
"""Given the name of a document in a zip, with its folders, what that says of its records; None where it says nothing."""


@dataclass(frozen=True)
class ReadOptions:
    """How a file is read.

    Attributes:
        page_keys: keys under which API pages hold the records, `outer.inner` where they lie one object deeper; none: detected.
        batch_rows: about how many records a batch has.
        header: reads the header rows of delimited text that the export knows; none: one row of names.
        entry: reads the name of the file, or of the documents of a zip, for records to carry what they say in the column `ENTRY`.
        has_header: False for delimited text without a header: its columns are numbered.
        known_columns: names that the export's columns have, as far as they are known; they tell the header from what stands
            before it and the delimiter from the text. A file that names none of them has no header.
        temporary: folder for temporary files; the system's when None.
        block_bytes: bytes scanned at once. Records do not depend on it; only into how many rejects damaged JSON is cut may.
    """

    page_keys: tuple[str, ...] = ()
    batch_rows: int = 250_000
    header: HeaderReader | None = None
    entry: EntryReader | None = None
    has_header: bool = True
    known_columns: frozenset[str] = frozenset()
    temporary: Path | None = None
    block_bytes: int = 4 * MIB

    @property
    def comparable_columns(self) -> frozenset[str]:
        """The known names in the form in which names of a file are compared with them."""
        return frozenset(comparable(name) for name in self.known_columns)
