"""Identifiers: what a spreadsheet or a float column did to them is undone, and what it destroyed is refused.

Leading zeros and case are part of an identifier and always kept.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.characters import CONTROL, INVISIBLE, LINE_ENDS
from cx_pipeline.scrub.fixpoint import as_step, until_stable
from cx_pipeline.scrub.length import SHORT
from cx_pipeline.scrub.placeholders import ID as PLACEHOLDER
from cx_pipeline.scrub.rule import Kind, Rule, Severity
from cx_pipeline.scrub.text import EMPTY
from cx_pipeline.scrub.whitespace import ODD_SPACES, ONE_LINE, TABS, TRIM

# Mantissa and exponent sign, or a fraction: '12E5' alone could be a real code.
_SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+][0-9]{1,3}$|^[+-]?[0-9]+[.,][0-9]+[eE][0-9]{1,3}$"


def _unwrap(column: pl.Expr) -> pl.Expr:
    return (
        column.str.strip_chars()
        .str.replace(r'^="(.*)"$', "$1")
        .str.replace(r'^"(.*)"$', "$1")
        .str.replace(r"^'(.*)'$", "$1")
        .str.replace(r"^'", "")
        .str.strip_chars()
    )


_unwrapped = as_step(_unwrap)
_bare = as_step(lambda column: column.str.replace_all("[\"'\\s]", "").str.strip_prefix("="))

UNWRAP = Rule(
    id="ids.unwrap",
    version=1,
    title="Takes off the guards a spreadsheet puts around an identifier: ='…', quotes and a leading apostrophe.",
    reads="identifier",
    guards="joins: '00123 and 00123 are the same record",
    transform=lambda column: column.map_batches(
        lambda values: until_stable(values, _unwrapped, _bare), return_dtype=pl.String, is_elementwise=True
    ),
    touches=r"""^[\s"'=]|[\s"']$""",
)
NOT_FLOAT = Rule(
    id="ids.not_float",
    version=1,
    title="Takes the `.0` off whole numbers that went through a float column.",
    reads="identifier",
    guards="joins: 123.0 and 123 are the same record",
    transform=lambda column: column.str.replace(r"^([0-9]+)\.0+$", "$1"),
    touches=r"^[0-9]+\.0+$",
)
NOT_SCIENTIFIC = Rule(
    id="ids.not_scientific",
    version=1,
    title="Nulls identifiers in scientific notation: their last digits are gone.",
    reads="identifier",
    guards="keys: thousands of records share one rounded number",
    transform=lambda column: pl.when(~column.str.contains(_SCIENTIFIC)).then(column),
    kind=Kind.NULL,
    severity=Severity.ERROR,
    touches=_SCIENTIFIC,
    flag="scientific",
)


def shaped(vendor: str, pattern: str) -> Rule:
    """Null what does not look like the vendor's ids: an address or a number typed into an id column is no id."""
    return Rule(
        id=f"ids.shape[{vendor}]",
        version=1,
        title=f"Nulls what is not of the shape of {vendor}'s ids.",
        reads="identifier",
        guards="joins, and privacy: ids are published as they are",
        transform=lambda column: pl.when(column.str.contains(pattern)).then(column),
        kind=Kind.NULL,
        severity=Severity.ERROR,
        flag="malformed",
    )


#: The standard chain of an identifier column.
IDENTIFIER: tuple[Rule, ...] = (
    *(SHORT, CONTROL, INVISIBLE, LINE_ENDS, ODD_SPACES, TABS, ONE_LINE, TRIM, UNWRAP, EMPTY),
    *(NOT_FLOAT, NOT_SCIENTIFIC, PLACEHOLDER),
)
