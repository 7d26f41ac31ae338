"""A person record before people are resolved: what `customers` is made of."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.conditions import not_itself
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="people",
    description="A record of one source about one person. Stays in the lake; customers are made of it.",
    key=("customer_record",),
    internal=True,
    own=(
        Column("customer_record", TEXT, "Key of the person record, as source.export:id.", nullable=False),
        Column("country", TEXT, "Country of residence, ISO 3166 alpha-2."),
        Column("language", TEXT, "Preferred language, BCP 47 tag."),
        Column("timezone", TEXT, "IANA time zone the person lives in."),
        Column("organization_id", TEXT, "Key of the organization the person belongs to."),
        Column("first_seen_at", TIME, "Earliest moment that the record tells of.", unit="UTC"),
        Column("last_seen_at", TIME, "Latest moment that the record tells of.", unit="UTC"),
        Column(
            "is_contact", BOOLEAN, "True where the record is a contact or a response, which tells who it came from, no profile."
        ),
        Column("merged_into_source_id", TEXT, "The surviving record's id, where the vendor merged this record into another."),
    ),
    own_rules=(not_itself("people.merged_into_itself", "merged_into_source_id", "source_id"),),
)
