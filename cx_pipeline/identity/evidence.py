"""What survivorship weighs: every value of an attribute that a record of a person says, one row each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from cx_pipeline.identity.survivorship import EVIDENCE
from cx_pipeline.scrub.email import is_role_mailbox

_IDENTIFIERS = ("name", "email", "phone", "address", "handle")
_FACTS = ("country", "language", "timezone", "organization_id")
_RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")


def evidence(
    identities: pl.LazyFrame, persons: pl.LazyFrame, membership: pl.LazyFrame, mailboxes: Collection[str], now: datetime
) -> pl.LazyFrame:
    """Rows of `survivorship.EVIDENCE` of resolved people.

    Placeholders and hashes of nothing are no values. Set aside are role mailboxes, identifiers that too many share, values a
    record no longer carries, and what test and deleted records say.

    Args:
        identities: `customer_identities` as the clean stage leaves it: with `customer_id` and `is_shared`.
        persons: current rows of `people`.
        membership: `record, customer_id` of every person record.
        mailboxes: role mailboxes beyond the usual ones.
        now: of the run, UTC.
    """
    profiles = persons.filter(~pl.col("is_contact").fill_null(value=False)).select(_record="customer_record", _profile=True)
    people = membership.select("customer_id").unique()
    carried = (
        identities.filter(
            pl.col("kind").is_in(_IDENTIFIERS), pl.col("value").is_not_null(), ~pl.col("is_placeholder"), ~pl.col("is_null_hash")
        )
        .join(people, on="customer_id", how="semi")
        .with_columns(_RECORD.alias("_record"))
        .join(profiles.unique(), on="_record", how="left")
    )
    role = (pl.col("kind") == "email") & is_role_mailbox(pl.col("value"), frozenset(mailboxes))
    told = persons.join(membership.select(customer_record="record", customer_id="customer_id"), on="customer_record").unpivot(
        _FACTS,
        index=["customer_id", "source_system", "source_updated_at", "is_contact", "is_test", "is_deleted"],
        variable_name="attribute",
    )
    return pl.concat(
        [
            carried.select(
                "customer_id",
                pl.col("kind").alias("attribute"),
                "value",
                "source_system",
                pl.max_horizontal("source_updated_at", "valid_from").alias("updated_at"),
                pl.col("_profile").is_null().alias("is_contact"),
                _any(role, pl.col("is_shared"), pl.col("valid_to") <= now, pl.col("is_test"), pl.col("is_deleted")),
            ),
            told.filter(pl.col("value").is_not_null()).select(
                "customer_id",
                "attribute",
                "value",
                "source_system",
                pl.col("source_updated_at").alias("updated_at"),
                pl.col("is_contact").fill_null(value=False),
                _any(pl.col("is_test"), pl.col("is_deleted")),
            ),
        ]
    ).select(pl.col(name).cast(dtype) for name, dtype in EVIDENCE.items())


def _any(*tests: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(test.fill_null(value=False) for test in tests).alias("is_set_aside")
