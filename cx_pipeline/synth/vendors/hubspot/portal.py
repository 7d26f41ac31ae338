"""Names and numbers of the company's portal."""

from __future__ import annotations

import polars as pl

PORTAL = 7215093
SUBSCRIPTIONS = {"newsletter": 10841063, "offers": 10841064}
"""Subscription types by what they are about."""
LABELS = {"newsletter": "Newsletter", "offers": "Angebote und Aktionen"}
FIRST_CONTACT = 7_620_000_001


def contact_ids(numbers: pl.Expr) -> pl.Expr:
    """Record ids as text, of people by their number and of merged losers by negative ones."""
    return (numbers * 37 + FIRST_CONTACT).cast(pl.String)


def campaign_id(campaigns: pl.Expr) -> pl.Expr:
    return campaigns + 290_411_200


def offset(at: int, is_last: bool) -> str:
    """How pages of events go on."""
    return f'"hasMore":{str(not is_last).lower()},"offset":"CjYKGQ{at + 1}"'


def after(at: int, is_last: bool) -> str:
    """How pages of records go on."""
    return '"paging":null' if is_last else f'"paging":{{"next":{{"after":"{(at + 1) * 100}"}}}}'
