"""Identifiers blanked by value, in bytes and in tables alike: where they stand in what other people wrote or are."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

BLANK = "[forgotten]"
_QUOTED = rf'\1"{BLANK}"'
_BEFORE, _AFTER = r"[a-z0-9._%+\-]", r"(?![a-z0-9\-]|\.[a-z0-9])"
# In JSON a letter may be the end of an escape: \nann@example.org begins with an a.
_BEGIN = rf"(?:(?<!{_BEFORE})|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{{4}}))"
_BETWEEN = r"[\s().\-/]{0,3}"
_NUMBER = r"[0-9](?:[\s().\-/]{0,3}[0-9]){6}"


class Blanks:
    """What is blanked.

    Args:
        emails: addresses.
        numbers: digits of phone numbers, as `traces.digit_forms` has them; any spelling of them is found.
    """

    def __init__(self, emails: Iterable[str], numbers: Iterable[str]) -> None:
        self.emails = sorted({email.lower() for email in emails})
        self._is_json = False
        self.numbers = sorted(set(numbers), key=lambda digits: (-len(digits), digits))
        self._pattern = re.compile(self._text(), re.IGNORECASE) if self else None
        self._bytes = re.compile(self._text().encode(), re.IGNORECASE) if self else None
        bare = rf"(?<=[:\[,])(\s*)\+?(?:{'|'.join(self.numbers)})(?=\s*[,\]}}])"
        self._bare = re.compile(bare.encode()) if self.numbers else None
        self._bare_text = re.compile(bare) if self.numbers else None

    def __bool__(self) -> bool:
        return bool(self.emails or self.numbers)

    def in_bytes(self, data: bytes) -> tuple[bytes, int]:
        """Bytes of UTF-8, or of an encoding that has ASCII in it, without the identifiers, and how many there were."""
        return (data, 0) if self._bytes is None else self._bytes.subn(BLANK.encode(), data)

    def in_json(self, data: bytes) -> tuple[bytes, int]:
        """The same for JSON, where a number that stands for itself becomes a text, so that the document stays valid."""
        if self._bare is None:
            return self.in_bytes(data)
        made, count = self._bare.subn(_QUOTED.encode(), data)
        rest, more = self.in_bytes(made)
        return rest, count + more

    def found_in(self, data: bytes) -> int:
        return 0 if self._bytes is None else sum(1 for _ in self._bytes.finditer(data))

    def in_frame(self, frame: pl.DataFrame, *, is_json: bool = False) -> tuple[pl.DataFrame, int]:
        """A table without the identifiers, also inside of lists and structs, and in how many values they were.

        `is_json`: its texts are taken from JSON, nested values as JSON text.
        """
        self._is_json = is_json
        total = 0
        for name, dtype in frame.schema.items():
            column = frame.get_column(name)
            made, count = self._column(column, dtype)
            if count:
                frame, total = frame.with_columns(made), total + count
        return frame, total

    def _column(self, column: pl.Series, dtype: pl.DataType) -> tuple[pl.Series, int]:
        if dtype == pl.String():
            return self._texts(column)
        if isinstance(dtype, pl.List):
            flat = column.explode(empty_as_null=True, keep_nulls=True) if column.len() else column.explode()
            _, count = self._column(flat, flat.dtype)
            if not count:
                return column, 0
            rows = pl.DataFrame({"row": pl.int_range(column.len(), eager=True), "list": column})
            long = rows.filter(pl.col("list").list.len() > 0).explode("list")
            values, _ = self._column(long.get_column("list"), long.schema["list"])
            grouped = long.with_columns(values.alias("list")).group_by("row", maintain_order=True).agg("list")
            back = rows.join(grouped, on="row", how="left", maintain_order="left", suffix="_made")
            return back.select(pl.coalesce("list_made", "list").alias(column.name)).to_series(), count
        if isinstance(dtype, pl.Struct):
            made = [self._column(part, part.dtype) for part in column.struct.unnest().get_columns()]
            count = sum(number for _, number in made)
            if not count:
                return column, 0
            packed = pl.DataFrame([part for part, _ in made]).to_struct(column.name)
            kept = pl.select(pl.when(column.is_not_null()).then(packed).alias(column.name)).to_series()
            return kept, count
        return column, 0

    def _texts(self, column: pl.Series) -> tuple[pl.Series, int]:
        if self._pattern is None:
            return column, 0
        distinct = column.drop_nulls().unique()
        locals_ = [email.split("@")[0] for email in self.emails]
        is_likely = distinct.str.contains_any(locals_, ascii_case_insensitive=True) if locals_ else distinct.is_null()
        if self.numbers:
            is_likely |= distinct.str.contains(_NUMBER)
        likely = distinct.filter(is_likely)
        hits = [text for text in likely.to_list() if self._pattern.search(text)]
        if not hits:
            return column, 0
        blanked = [self._pattern.sub(BLANK, self._without_bare(text)) for text in hits]
        count = int(column.is_in(pl.Series(hits).implode()).sum())
        return column.replace(pl.Series(hits), pl.Series(blanked)), count

    def _without_bare(self, text: str) -> str:
        return self._bare_text.sub(_QUOTED, text) if self._is_json and self._bare_text is not None else text

    def _text(self) -> str:
        written = [_BEGIN + re.escape(email).replace("@", r"(?:@|%40|\\u0040)") + _AFTER for email in self.emails]
        spelled = [rf"(?<![0-9])(?:\+|0{{1,2}})?{_BETWEEN.join(digits)}(?![0-9])" for digits in self.numbers]
        return "|".join([*written, *spelled])
