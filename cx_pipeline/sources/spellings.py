"""One name for a column that a vendor writes under several: labels, names of its API, translations, warehouse prefixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from cx_pipeline.sources.export import Context
from cx_pipeline.sources.naming import fold

Derive = Callable[[Sequence[str], Context], Mapping[str, pl.Expr]]


def spelt(names: Mapping[str, Sequence[str]]) -> Derive:
    """Columns under one name each: the first of their spellings that holds anything.

    Args:
        names: the name that fields read, and how else it is spelt; compared by `fold`, in this order.
    """
    folded = {name: list(dict.fromkeys(fold(spelling) for spelling in (name, *spellings))) for name, spellings in names.items()}

    def derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
        there: dict[str, list[str]] = {}
        for column in columns:
            there.setdefault(fold(column), []).append(column)
        made = {}
        for name, spellings in folded.items():
            found = [column for spelling in spellings for column in there.get(spelling, [])]
            if found and found != [name]:
                made[name] = pl.coalesce(_filled(column) for column in found)
        return made

    return derive


def spellings_of(names: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Every spelling, for `Export.known`."""
    return frozenset(names) | {spelling for spellings in names.values() for spelling in spellings}


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column))


def made_or_own(made: Mapping[str, pl.Expr], columns: Sequence[str], name: str) -> pl.Expr:
    """A column that `spelt` gave, or that the file has by that name; null where there is none."""
    if name in made:
        return made[name]
    return pl.col(name) if name in columns else pl.lit(None, dtype=pl.String)


def iso_of(text: pl.Expr) -> pl.Expr:
    """A time that some versions of an export write as seconds, milliseconds or microseconds since 1970, as ISO 8601.

    The number of digits tells which: ten, thirteen and sixteen stand for times from 2001 to 2286.
    """
    digits = text.str.strip_chars()
    number = digits.str.to_integer(strict=False)
    scale = pl.when(digits.str.len_chars() == 10).then(1_000_000).when(digits.str.len_chars() == 13).then(1_000).otherwise(1)
    moment = (number * scale).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return pl.when(digits.str.contains(r"^(?:[0-9]{10}|[0-9]{13}|[0-9]{16})$")).then(moment).otherwise(text)


def under_one_name(columns: Sequence[str], names: Mapping[str, str]) -> dict[str, pl.Expr]:
    """As `spelt`, given the columns of the file and the further spellings of each name apart by bars."""
    return dict(spelt({name: others.split("|") for name, others in names.items()})(columns, Context()))


def folded_names(names: Mapping[str, str]) -> frozenset[str]:
    """Every spelling of `under_one_name`, folded."""
    return frozenset(fold(spelling) for name, others in names.items() for spelling in (name, *others.split("|")))
