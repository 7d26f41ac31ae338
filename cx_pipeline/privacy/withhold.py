"""Vendor words are published as they are; what is written into a word's place by mistake is not.

A status, category or team name is a short word of the vendor's. An address or a number typed into such a column would reach
analysts unmasked, so a text that holds one is redacted, and withheld (null) where something personal seems to be left; it stays
readable in the lake. An id that holds one becomes its token, so that what refers to it still meets it.
"""

from __future__ import annotations

import re

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.extract.delivery import printable
from cx_pipeline.privacy.entity import TAG

LOOKS_PERSONAL = r"@|[0-9](?:[0-9 ().\-]{5,})[0-9]"
PERSONAL_ID = r"@|\+[0-9][0-9 ().\-]{5,}[0-9]|\([0-9]{2,5}\) ?[0-9]|[0-9]{2,} [0-9 ().\-]{4,}[0-9]"
"""An address, or a phone number as people write it: ids are digits too, but without a plus sign, brackets or spaces."""
PERSONAL_SIGN = r"[@+( ]"
"""One of these stands in whatever `PERSONAL_ID` matches; to look for one costs a tenth."""
_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_RECORD_KEY = rf"^[a-z0-9_]+\.[A-Za-z0-9_-]+:(?:[A-Za-z0-9]+|{_UUID})$"
_ADDRESS = re.compile(r"[^/@\s]+@[^/@\s]+")
_PHONE = re.compile(r"\+[0-9][0-9 ().\-]{5,}[0-9]")
_IDS = ("_id", "_key", "_number", "_token")


def is_open_text(column: Column) -> bool:
    """Plain text whose words the contract does not list, and which is no id."""
    return _is_plain(column) and not column.words and not _is_id(column)


def is_plain_id(column: Column) -> bool:
    """An id of the vendor's that is published as it is, unless its text looks personal."""
    return _is_plain(column) and _is_id(column) and column.resolved is None


def _is_id(column: Column) -> bool:
    return column.record_key or column.name.endswith(_IDS)


def _is_plain(column: Column) -> bool:
    return column.dtype == pl.String and column.secret is None


def withhold(text: pl.Expr) -> pl.Expr:
    """Null where the text holds an @ or seven or more digits in a row, spaces and punctuation between them aside.

    A reference to a record, such as `zendesk.groups:360001234567`, stays.
    """
    return pl.when(~text.str.contains(LOOKS_PERSONAL) | text.str.contains(_RECORD_KEY)).then(text)


def withheld_still(redacted: pl.Expr) -> pl.Expr:
    """Null where a redacted text would still be withheld, its tags aside."""
    return pl.when(~redacted.str.replace_all(TAG, "").str.contains(LOOKS_PERSONAL)).then(redacted)


def shown(name: str) -> str:
    """A name that people chose (of a file, a column) as logs and reports show it: on one line, addresses and phones masked."""
    return _PHONE.sub("[PHONE]", _ADDRESS.sub("[EMAIL]", printable(name)))
