"""Exact rules: which identifiers may join records, and which never do.

An identifier joins only what it identifies. Placeholders, hashes of nothing, role mailboxes and identifiers that too many
records or names share are set aside; a phone is often a household's, so it joins records only where no two names disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.settings import Identity

# Short external ids ("12") are counters of one system; two systems counting from one would join strangers.
_MIN_EXTERNAL_ID = 5
_MAX_NAMES_AN_EMAIL = 3


@dataclass(frozen=True)
class MatchRule:
    """One exact rule. `confidence` is declared, not measured: how far a link of this kind is trusted, from 0 to 1."""

    name: str
    title: str
    confidence: float


MERGED = MatchRule("merged", "the vendor merged the records", 1.0)
EXTERNAL_ID = MatchRule("external_id", "the records carry the same external id", 0.99)
EMAIL = MatchRule("email", "the records carry the same e-mail address", 0.98)
PHONE = MatchRule("phone", "the records carry the same phone number and no two names disagree", 0.95)
RULES = (MERGED, EXTERNAL_ID, EMAIL, PHONE)
CONFIDENCE = {rule.name: rule.confidence for rule in RULES}

IDENTITIES = {
    "record": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "is_placeholder": pl.Boolean,
    "is_role": pl.Boolean,
    "is_test": pl.Boolean,
    "is_contact": pl.Boolean,
    "export": pl.String,
}


def shared_values(identities: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """Identifiers that too many records or names share to identify anyone: `kind, value`.

    What counts is how many records of one export carry it, as a person is in many tools, and in each of them a few times at
    most. Contacts (calls, orders, responses) with the same identifiers tell of no further person: all of them count once.
    """
    caps = {
        "email": limits.max_records_per_email,
        "phone": limits.max_records_per_phone,
        "external_id": limits.max_records_per_external_id,
    }
    names = _names(identities)
    told = identities.filter(pl.col("value").is_not_null()).select("record", "export", "kind", "value", "is_contact").unique()
    carried = pl.concat_str("kind", "value", separator="\x1f")
    same = told.filter("is_contact").group_by("record").agg(carried.sort().str.join("\x1e").hash().alias("carries"))
    used = (
        told.filter(pl.col("kind").is_in(list(caps)))
        .join(names, on="record", how="left")
        .join(same, on="record", how="left")
        .with_columns(pl.coalesce("carries", pl.col("record").hash()).alias("person"))
        .group_by("kind", "value", "export")
        .agg(pl.col("person").n_unique().alias("records"), pl.col("name").drop_nulls().unique().alias("names"))
        .group_by("kind", "value")
        .agg(pl.col("records").max(), pl.col("names").list.explode().n_unique().alias("names"))
    )
    cap = pl.col("kind").replace_strict(caps, return_dtype=pl.Int64)
    too_many_names = (pl.col("kind") == "email") & (pl.col("names") > _MAX_NAMES_AN_EMAIL)
    return used.filter((pl.col("records") > cap) | too_many_names).select("kind", "value")


def links(identities: pl.DataFrame, merges: pl.DataFrame, shared: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """Every exact link between two records.

    Args:
        identities: columns of `IDENTITIES`, one row a (record, identifier); names come as kind `name` in match form.
        merges: `record, survivor` as told by the vendors.
        shared: as from `shared_values`.
        limits: caps and blocked values.

    Returns:
        `left, right, rule`; left is the smallest record of the group, so n records give n - 1 links.
    """
    usable = identities.filter(
        pl.col("value").is_not_null()
        & ~pl.col("is_placeholder")
        & ~pl.col("is_role")
        & ~pl.col("is_test")
        & ~pl.col("value").is_in(list(limits.blocked_values))
    ).join(shared, on=["kind", "value"], how="anti")
    named = usable.filter(pl.col("kind") == "phone").join(_names(identities), on="record", how="left")
    phone_names = named.group_by("value").agg(pl.col("name").drop_nulls().n_unique().alias("names"))
    phones = named.join(phone_names, on="value").filter((pl.col("names") <= 1) | pl.col("name").is_not_null())
    phone_key = pl.when(pl.col("names") > 1).then(pl.concat_str("value", "name", separator="\x1f")).otherwise("value")
    long_enough = pl.col("value").str.len_chars() >= _MIN_EXTERNAL_ID
    return pl.concat(
        [
            _merge_links(merges),
            _star(usable.filter((pl.col("kind") == "external_id") & long_enough), EXTERNAL_ID),
            _star(usable.filter(pl.col("kind") == "email"), EMAIL),
            _star(phones.with_columns(phone_key.alias("value")), PHONE),
        ]
    ).sort("left", "right", "rule")


def _names(identities: pl.DataFrame) -> pl.DataFrame:
    return (
        identities.filter((pl.col("kind") == "name") & pl.col("value").is_not_null() & ~pl.col("is_placeholder"))
        .group_by("record")
        .agg(pl.col("value").min().alias("name"))
    )


def _merge_links(merges: pl.DataFrame) -> pl.DataFrame:
    return merges.select(
        pl.min_horizontal("record", "survivor").alias("left"),
        pl.max_horizontal("record", "survivor").alias("right"),
        pl.lit(MERGED.name).alias("rule"),
    ).filter(pl.col("left") != pl.col("right"))


def _star(values: pl.DataFrame, rule: MatchRule) -> pl.DataFrame:
    first = values.group_by("value").agg(pl.col("record").min().alias("left"))
    return (
        values.join(first, on="value")
        .select("left", pl.col("record").alias("right"), pl.lit(rule.name).alias("rule"))
        .filter(pl.col("left") != pl.col("right"))
        .unique()
    )
