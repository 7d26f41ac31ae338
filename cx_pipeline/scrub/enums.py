"""Words of a fixed list, in one spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Severity


def word_key(column: pl.Expr) -> pl.Expr:
    """A word without case, spaces, underscores and hyphens: 'On-Hold' and 'on hold' are the same."""
    return column.str.to_lowercase().str.replace_all(r"[\s_\-]+", "")


def normalise(enum_id: str, mapping: Mapping[str, str], unknown: Literal["null", "other"] = "null", version: int = 1) -> Rule:
    """Look words up regardless of case, spaces, underscores and hyphens.

    Args:
        enum_id: name of the list, part of the rule's id.
        mapping: a vendor's word to the canonical one; canonical words map to themselves without being listed.
        unknown: what becomes of a word that is not in the list. `null`: null with the flag `unknown`. `other`: the canonical
            word `other`, with the same flag. The raw word is kept beside it by whoever maps the column.
        version: raise it when the mapping changes.
    """
    words = {**{canonical: canonical for canonical in mapping.values()}, **mapping}
    keys = pl.Series(list(words), dtype=pl.String).to_frame("word").select(word_key(pl.col("word"))).to_series().to_list()
    lookup = dict(zip(keys, words.values(), strict=True))
    if unknown == "other":
        lookup.setdefault("other", "other")

    def transform(column: pl.Expr) -> pl.Expr:
        found = word_key(column).replace_strict(lookup, default=None, return_dtype=pl.String)
        if unknown == "null":
            return found
        return pl.when(found.is_null() & column.is_not_null()).then(pl.lit("other")).otherwise(found)

    return Rule(
        id=f"enums.{enum_id}",
        version=version,
        title=f"Writes the words of {enum_id} in one spelling; others become {'null' if unknown == 'null' else 'other'}.",
        reads=f"one of the words of {enum_id}",
        guards="groups of every report: 'On-hold' and 'hold' are one status",
        transform=transform,
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="unknown",
    )
