"""Who a survey asks: staff where its name says so, else customers."""

from __future__ import annotations

import polars as pl

_STAFF = (
    r"(?i)(?:^|[^a-z])(?:enps|employees?|staff|colleagues?|workforce|team[ _-]?members?|associates?|crew|workplace|"
    r"people[ _-]?pulse|exit[ _-]interviews?|mitarbeiter(?:innen)?|empleados?|collaborateurs?|personnel)(?:$|[^a-z])"
)


def audience(*names: str | pl.Expr) -> pl.Expr:
    """`employee` or `customer`: as the settings declare the survey, else by what its names say.

    Args:
        names: columns with names of the survey; `file_label` is always looked at.
    """
    asks_staff = pl.any_horizontal(
        (pl.col(name) if isinstance(name, str) else name).str.contains(_STAFF).fill_null(value=False)
        for name in ("file_label", *names)
    )
    return pl.coalesce("survey.audience", pl.when(asks_staff).then(pl.lit("employee")).otherwise(pl.lit("customer")))
