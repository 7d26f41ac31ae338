"""A lead or sales opportunity."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, customer, enum, record_id
from cx_pipeline.contracts.conditions import CURRENCY, expected, in_order, matches
from cx_pipeline.contracts.dtypes import BOOLEAN, MONEY, TEXT, TIME
from cx_pipeline.contracts.money import with_currency
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import OPPORTUNITY_KIND

TABLE = Table(
    name="opportunities",
    description="A lead or sales opportunity.",
    key=("opportunity_id",),
    time="opened_at",
    own=(
        record_id("opportunity_id", "opportunity"),
        customer("The person it is with."),
        Column("organization_id", TEXT, "The account it is with, as its record key."),
        *enum("kind", OPPORTUNITY_KIND, "Lead or opportunity."),
        Column("stage", TEXT, "Stage, as the source names it."),
        Column("amount", MONEY, "What it may bring.", unit="currency"),
        Column("currency", TEXT, "Currency of the amount, ISO 4217."),
        Column("opened_at", TIME, "When it was opened.", unit="UTC"),
        Column("closed_at", TIME, "When it was won or lost.", unit="UTC"),
        Column("is_won", BOOLEAN, "True where won, false where lost, null while open."),
    ),
    own_rules=(
        matches("opportunities.currency_malformed", "currency", CURRENCY, "an ISO 4217 code", repair=True),
        with_currency("opportunities", "amount"),
        in_order("opportunities.closed_before_opened", "opened_at", "closed_at"),
        expected(
            "opportunities.outcome_without_close",
            "an opportunity that is won was closed at some time",
            pl.col("closed_at").is_not_null() | ~pl.col("is_won"),
        ),
    ),
)
