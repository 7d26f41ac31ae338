"""Texts put together from the grammar, whole columns at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.phrases import GARNISH, GRAMMARS, LANGUAGES, PRODUCTS


@cache
def _fragments(kind: str) -> tuple[pl.DataFrame, Ints, Ints]:
    """All fragments of a kind in three parts around product and order, and where each language's begin and how many."""
    rows: list[tuple[str, str, str, bool]] = []
    first: list[int] = []
    count: list[int] = []
    for language in LANGUAGES:
        texts: tuple[str, ...] = getattr(GRAMMARS[language], kind)
        first.append(len(rows))
        count.append(len(texts))
        for text in texts:
            before, _, rest = text.partition("{p}")
            between, _, after = rest.partition("{o}")
            rows.append((before, between, after, "{p}" in text))
    frame = pl.DataFrame(rows, schema=["before", "between", "after", "slots"], orient="row")
    return frame, np.asarray(first, dtype=np.int64), np.asarray(count, dtype=np.int64)


def _said(dice: Dice, kind: str, keys: Ints, language: Ints) -> pl.Series:
    frame, first, count = _fragments(kind)
    picked = frame[first[language] + dice.below(f"say/{kind}", keys, count[language])]
    product, order = products(dice, keys), orders(keys)
    full = pl.concat_str("before", "product", "between", "order", "after")
    return picked.with_columns(product=product, order=order).select(pl.when("slots").then(full).otherwise("before")).to_series()


def products(dice: Dice, keys: Ints) -> pl.Series:
    return pl.Series(PRODUCTS).gather(dice.below("product", keys, len(PRODUCTS)))


def orders(keys: Ints) -> pl.Series:
    """Order numbers with letters and leading zeros, such as `SO-0004711`."""
    return pl.select(pl.lit("SO-") + pl.Series(keys).cast(pl.String).str.zfill(7)).to_series()


def subjects(dice: Dice, keys: Ints, language: Ints) -> pl.Series:
    """One line a key, with product and order number."""
    return _said(dice, "subjects", keys, language)


def descriptions(dice: Dice, keys: Ints, language: Ints, signature: pl.Series) -> pl.Series:
    """Several lines a key: greeting, problem, wish, closing and who signs; some with emoji."""
    parts = [_said(dice, kind, keys, language) for kind in ("greetings", "problems", "wishes", "closings")]
    garnish = pl.Series(GARNISH).gather(dice.below("garnish", keys, len(GARNISH)))
    greeting, problem, wish, closing = parts
    newline = pl.lit("\n")
    return pl.select(
        pl.concat_str(greeting, newline, problem, pl.lit(" "), wish, garnish, newline, newline, closing, newline, signature)
    ).to_series()


def answers(dice: Dice, kind: str, keys: Ints, language: Ints) -> pl.Series:
    """What an agent (`replies`, `solutions`) or the customer (`thanks`) says to the interaction of the key."""
    return _said(dice, kind, keys, language)
