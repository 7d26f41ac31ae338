"""One name for columns that a vendor's exports call by several: API names, labels, older spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.sources.columns import written


def letters(name: str) -> str:
    """A column name without case, spaces and punctuation: 'Response ID' and 'response_id' are the same."""
    return re.sub(r"[\W_]+", "", name.lower())


def under_one_name(columns: Sequence[str], variants: Mapping[str, str]) -> dict[str, pl.Expr]:
    """Raw columns under the names that fields read, for `Export.derive`: of several in one file the first filled one.

    Args:
        columns: of the file.
        variants: name to its other spellings, apart by bars; case, spaces and punctuation of a spelling do not count.
    """
    present: dict[str, list[str]] = {}
    for column in columns:
        present.setdefault(letters(column), []).append(column)
    made = {}
    for name, others in variants.items():
        wanted = [letters(spelling) for spelling in (name, *others.split("|"))]
        found = [column for spelling in dict.fromkeys(wanted) for column in present.get(spelling, [])]
        if found and found != [name]:
            made[name] = pl.coalesce(*(pl.when(written(column)).then(pl.col(column)) for column in found))
    return made


def spellings(variants: Mapping[str, str]) -> frozenset[str]:
    """Every known spelling, in letters."""
    return frozenset(letters(spelling) for name, others in variants.items() for spelling in (name, *others.split("|")))
