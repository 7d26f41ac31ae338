"""An account."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, record_id
from cx_pipeline.contracts.conditions import matches, not_itself
from cx_pipeline.contracts.dtypes import TEXT
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="organizations",
    description="An account: a company or household that people belong to.",
    key=("organization_id",),
    time="source_updated_at",
    own=(
        record_id("organization_id", "account"),
        Column("domain", TEXT, "Internet domain of the account, lower case."),
        Column("parent_id", TEXT, "The account above, as its record key."),
        Column("region", TEXT, "Sales or service region, as the source names it."),
    ),
    own_rules=(
        not_itself("organizations.parent_is_itself", "parent_id", "organization_id"),
        matches("organizations.domain_personal", "domain", r"^[^@\s]+$", "a domain and not an address", repair=True),
    ),
)
