"""A resolved person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.conditions import between
from cx_pipeline.contracts.dtypes import NUMBER, TEXT, TIME, WHOLE
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="customers",
    description="A person, resolved over all sources: the records that were judged to be the same human being.",
    key=("customer_id",),
    time="first_seen_at",
    derived=True,
    own=(
        Column("customer_id", TEXT, "The person. Stable over runs: kept in the registry once minted.", nullable=False),
        Column("country", TEXT, "Country of residence, ISO 3166 alpha-2, by survivorship."),
        Column("language", TEXT, "Preferred language, BCP 47 tag, by survivorship."),
        Column("first_seen_at", TIME, "Earliest moment that any of the person's records tells of.", unit="UTC"),
        Column("last_seen_at", TIME, "Latest moment that any of the person's records tells of.", unit="UTC"),
        Column("source_count", WHOLE, "Source systems that know the person.", unit="count", nullable=False),
        Column("record_count", WHOLE, "Person records that were joined.", unit="count", nullable=False),
        Column("resolution_rule", TEXT, "The rules that joined the records, apart by +; single for one record."),
        Column("resolution_confidence", NUMBER, "Trust in the weakest link, 0 to 1; 1 for a single record.", unit="0 to 1"),
        Column("profile_updated_at", TIME, "When a source last changed anything about the person.", unit="UTC"),
    ),
    own_rules=(
        between("customers.resolution_confidence_outside_scale", "resolution_confidence", 0, 1),
        RowRule(
            id="customers.counts_contradict",
            version=1,
            title="there is at least one source, and no more sources than records",
            columns=("source_count", "record_count"),
            action=Action.QUARANTINE,
            check=pl.col("source_count").is_between(1, pl.col("record_count")),
            unknown_is_fine=True,
        ),
        RowRule(
            id="customers.last_seen_before_first_seen",
            version=1,
            title="last_seen_at is not before first_seen_at",
            columns=("last_seen_at", "first_seen_at"),
            action=Action.QUARANTINE,
            check=pl.col("last_seen_at") >= pl.col("first_seen_at"),
            unknown_is_fine=True,
        ),
    ),
)
