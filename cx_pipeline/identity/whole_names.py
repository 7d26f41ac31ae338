"""Parts of a name: a family name alone, or with an initial, tells of no other person than the whole name does."""

from __future__ import annotations

import polars as pl

_PERSON = "customer_id"


def with_whole_names(told: pl.DataFrame) -> pl.DataFrame:
    """Add `_whole`: of a form that is a part of another form of the same person, that other one; else null.

    A part has fewer words or shorter ones: each is a word of the whole name or the first letter of one. Where two whole names
    could be meant, the part stays a name of its own, as it does where the whole name may stand only where there is no other.

    Args:
        told: `customer_id, form, competes`; a form is words apart by one space.
    """
    forms = told.group_by(_PERSON, "form").agg(pl.col("competes").any())
    several = forms.filter(pl.len().over(_PERSON) > 1).with_columns(pl.col("form").str.split(" ").alias("words"))
    parts = several.join(several.filter("competes"), on=_PERSON, suffix="_of").filter(
        pl.col("form") != pl.col("form_of"), _is_part()
    )
    # Of a part of a part (P Sharma, Priya Sharma, Priya R Sharma) the longest is meant; it is whole itself.
    wholes = parts.join(parts.select(_PERSON, form_of="form").unique(), on=[_PERSON, "form_of"], how="anti")
    found = wholes.group_by(_PERSON, "form").agg(pl.col("form_of").first().alias("_whole"), pl.len().alias("_choices"))
    return told.join(found.filter(pl.col("_choices") == 1).drop("_choices"), on=[_PERSON, "form"], how="left")


def _is_part() -> pl.Expr:
    whole, part = pl.col("words_of"), pl.col("words")
    # A letter stands for a word that begins with it, so the letters of the whole name are among what its parts may say.
    letters = whole.list.eval(pl.element().str.head(1))
    every_word = part.list.set_difference(pl.concat_list(whole, letters)).list.len() == 0
    return every_word & (part.list.len() <= whole.list.len())
