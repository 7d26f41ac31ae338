"""What survivorship weighs: every value of an attribute that a record of a person says, one row each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from cx_pipeline.identity.survivorship import EVIDENCE
from cx_pipeline.scrub.email import is_role_mailbox
from cx_pipeline.sorted_keys import SortedKeys

_IDENTIFIERS = ("name", "email", "phone", "address", "handle")
_FACTS = ("country", "language", "timezone", "organization_id")
_RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")


def evidence(
    identities: pl.LazyFrame, persons: pl.LazyFrame, customers: SortedKeys, mailboxes: Collection[str], now: datetime
) -> pl.LazyFrame:
    """Rows of `survivorship.EVIDENCE` of resolved people.

    Placeholders and hashes of nothing are no values. Set aside are role mailboxes, identifiers that too many share, values a
    record no longer carries, and what test and deleted records say. Which records are profiles is read at once.

    Args:
        identities: `customer_identities` as the clean stage leaves it: with `customer_id` and `is_shared`.
        persons: current rows of `people`.
        customers: customer ids by person record.
        mailboxes: role mailboxes beyond the usual ones.
        now: of the run, UTC.
    """
    profiles = persons.filter(~pl.col("is_contact").fill_null(value=False)).select("customer_record").unique()
    is_profile = SortedKeys.of(profiles.collect().to_series()).holds(_RECORD)
    is_resolved = SortedKeys.of(customers.values.unique()).holds(pl.col("customer_id"))
    carried = identities.filter(
        pl.col("kind").is_in(_IDENTIFIERS), pl.col("value").is_not_null(), ~pl.col("is_placeholder"), ~pl.col("is_null_hash")
    ).filter(is_resolved)
    role = (pl.col("kind") == "email") & is_role_mailbox(pl.col("value"), frozenset(mailboxes))
    told = (
        persons.with_columns(customers.value(pl.col("customer_record")).alias("customer_id"))
        .filter(pl.col("customer_id").is_not_null())
        .unpivot(
            _FACTS,
            index=["customer_id", "source_system", "source_updated_at", "is_contact", "is_test", "is_deleted"],
            variable_name="attribute",
        )
    )
    return pl.concat(
        [
            carried.select(
                "customer_id",
                pl.col("kind").alias("attribute"),
                "value",
                "source_system",
                pl.max_horizontal("source_updated_at", "valid_from").alias("updated_at"),
                (~is_profile).alias("is_contact"),
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
