"""What contacts and leads of Salesforce have in common: names in parts, identifiers, opt-outs."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from cx_pipeline.scrub import booleans
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import identity, written
from cx_pipeline.sources.export import Context, Rows

FULL_NAME = pl.coalesce("Name", pl.concat_str("FirstName", "LastName", separator=" ", ignore_nulls=True).replace("", None))
NAMED = pl.any_horizontal(written(name) for name in ("Name", "FirstName", "LastName")).cast(pl.Int64)


def whole_name(whole: str, first: str, last: str) -> pl.Expr:
    """Some exports hold the name in its parts only."""
    parts = pl.concat_str(first, last, separator=" ", ignore_nulls=True)
    return pl.when(written(whole)).then(whole).when(parts != "").then(parts)


def is_test_person(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.FullName"), address_told("Email"), context.test_domains)


MERGED_INTO = pl.col("MasterRecordId")


def own(kind: str, column: str) -> Rows:
    """An identifier that a person's record carries."""
    return identity(kind, column, pl.col("record"), column, merged_into=MERGED_INTO, since=pl.col("CreatedDate"))


def opt_out(column: str, channel: str, identity_kind: str, identity_column: str) -> Rows:
    """A ticked box is a refusal; a blank one says nothing, so it gives no event."""
    return Rows(
        contains=pl.col(column).fill_null("").str.strip_chars().str.to_lowercase().is_in(sorted(booleans.TRUE)).cast(pl.Int64),
        when=pl.col(column),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{column}")),
            "identity": pl.struct(
                kind=pl.when(pl.col(identity_column).is_not_null()).then(pl.lit(identity_kind)).otherwise(pl.lit("external_id")),
                token=pl.coalesce(identity_column, "Id"),
            ),
            "customer_record": pl.col("record"),
            "channel": pl.lit(channel),
            "purpose": pl.lit("marketing"),
            "state": pl.lit("denied"),
            "state_raw": pl.lit(column),
            # The export tells that the box is ticked, not since when: the last change is the latest it can have been.
            "occurred_at": pl.coalesce("LastModifiedDate", "SystemModstamp"),
        },
    )


def own_name() -> Rows:
    """The name, whole or in parts."""
    return replace(own("name", "FullName"), contains=NAMED)
