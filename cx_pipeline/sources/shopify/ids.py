"""Ids of Shopify: numbers, which the GraphQL API writes as paths."""

from __future__ import annotations

from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import identifier

_PATH = r"^gid://shopify/[A-Za-z]{1,40}/"
number = partial(identifier, shape=shaped("Shopify", rf"{_PATH}[0-9]{{1,20}}(?:\?.*)?$|^[0-9]{{1,20}}$"))


def bare(column: str | pl.Expr) -> pl.Expr:
    """The number alone."""
    text = pl.col(column) if isinstance(column, str) else column
    return text.str.replace(_PATH, "").str.replace(r"\?.*$", "")
