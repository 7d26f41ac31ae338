"""An identifier that a record carries for a person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, token
from cx_pipeline.contracts.conditions import in_order, not_itself
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import IDENTITY_KIND

E164 = r"^\+[1-9][0-9]{6,14}$"
ONE_AT = r"^[^@\s]+@[^@\s]+$"

# Placeholders and hashes of nothing are kept as they came, or nulled: they identify nobody and never match.
_SET_ASIDE = pl.col("is_placeholder") | pl.col("is_null_hash")
_DOMAIN = pl.col("value_domain")


def _of_kind(kind: str, pattern: str, shape: str) -> RowRule:
    return RowRule(
        id=f"customer_identities.{kind}_malformed",
        version=1,
        title=f"the value of kind {kind} is {shape}, unless it is a placeholder",
        columns=("value", "kind", "is_placeholder", "is_null_hash"),
        action=Action.QUARANTINE,
        check=(pl.col("kind") != kind) | _SET_ASIDE | pl.col("value").str.contains(pattern),
        unknown_is_fine=True,
    )


TABLE = Table(
    name="customer_identities",
    description="An identifier (e-mail, phone, name, …) that one record carries for a person.",
    key=("source_system", "source_entity", "source_id", "kind", "value_token"),
    time="valid_from",
    own=(
        Column(
            "customer_id",
            TEXT,
            "The person the record was resolved to. In the lake: the person record meant, null for the row's own record.",
            stored_as="customer_record",
            resolved="customer",
        ),
        Column("kind", TEXT, "What the identifier is.", nullable=False, words=IDENTITY_KIND),
        token("value_token", "The normalised identifier.", "by:kind"),
        Column("value_domain", TEXT, "The part of an e-mail address after the @; null for other kinds."),
        Column("is_placeholder", BOOLEAN, "True where the value stands for no value, such as test@test.com.", nullable=False),
        Column(
            "is_shared",
            BOOLEAN,
            "True where too many carry the value for it to identify one; null until resolved.",
        ),
        Column("is_null_hash", BOOLEAN, "True where the value is the hash of nothing, or of a word for it.", nullable=False),
        Column("merged_into_source_id", TEXT, "The surviving record's id, where the vendor merged this record into another."),
        Column("valid_from", TIME, "From when the record carried the value.", unit="UTC"),
        Column("valid_to", TIME, "Until when the record carried the value; null while it does.", unit="UTC"),
    ),
    own_rules=(
        RowRule(
            id="customer_identities.value_missing",
            version=1,
            title="value is there and not empty, unless it is a placeholder",
            columns=("value", "is_placeholder", "is_null_hash"),
            action=Action.FLAG,
            check=_SET_ASIDE | (pl.col("value").fill_null("") != ""),
            unknown_is_fine=True,
        ),
        _of_kind("email", ONE_AT, "an address with exactly one @"),
        _of_kind("phone", E164, "a number in E.164"),
        RowRule(
            id="customer_identities.value_domain_personal",
            version=1,
            title="value_domain is the domain of an e-mail address and nothing else; otherwise it is nulled",
            columns=("value_domain", "kind"),
            action=Action.REPAIR,
            check=_DOMAIN.is_null() | ((pl.col("kind") == "email") & ~_DOMAIN.str.contains("@", literal=True)),
            unknown_is_fine=True,
            repair={"value_domain": pl.lit(None, dtype=pl.String())},
        ),
        not_itself("customer_identities.merged_into_itself", "merged_into_source_id", "source_id"),
        in_order("customer_identities.valid_to_before_valid_from", "valid_from", "valid_to"),
    ),
)
