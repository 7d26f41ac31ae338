"""A bound on cells that should be short."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Severity


def at_most(characters: int) -> Rule:
    """Null cells longer than a number of characters and flag them `too_long`."""
    return Rule(
        id=f"text.at_most[{characters}]",
        version=1,
        title=f"Nulls cells of more than {characters} characters.",
        reads="short text",
        guards="the time of every rule after it, and columns that hold another one's text",
        transform=lambda column: pl.when(column.str.len_chars() <= characters).then(column),
        kind=Kind.NULL,
        severity=Severity.WARNING,
        gate=lambda column: column.str.len_bytes() > characters,
        flag="too_long",
    )


#: For identifiers, addresses, numbers and names: longer than any real one.
SHORT = at_most(1_000)
