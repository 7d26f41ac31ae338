"""Columns that a vendor writes under several names: labels of lists, API names, names of its other exports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import polars as pl

from cx_pipeline.sources.columns import written
from cx_pipeline.sources.export import Context

Derive = Callable[[Sequence[str], Context], Mapping[str, pl.Expr]]


def variants_of(names: Mapping[str, Sequence[str]]) -> Derive:
    """Put what stands under another name of a column under the name that fields read.

    Case, spaces and punctuation do not tell names apart: `Issue Key`, `issue_key` and `Issue key` are one. Where a file has a
    column under several of its names, a record's first one that holds anything counts, the field's own name before the others.

    Args:
        names: the name that fields read to the vendor's other names for it.
    """

    def derive(columns: Sequence[str], _: Context) -> dict[str, pl.Expr]:
        written_as: dict[str, list[str]] = {}
        for column in columns:
            written_as.setdefault(letters_of(column), []).append(column)
        made = {}
        for name, others in names.items():
            there = list(dict.fromkeys(chain.from_iterable(written_as.get(letters_of(other), []) for other in (name, *others))))
            there.sort(key=lambda column, name=name: column != name)  # type: ignore[misc]
            if there and there != [name]:
                made[name] = pl.coalesce(*(pl.when(written(column)).then(column) for column in there), there[0])
        return made

    return derive


def all_names(names: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Every other name of the columns: none of them is news."""
    return frozenset(chain.from_iterable(names.values()))


def letters_of(name: str) -> str:
    """A column name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name).lower()


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
