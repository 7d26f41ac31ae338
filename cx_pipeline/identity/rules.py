"""Exact rules: which identifiers may join records, and which never do.

An identifier joins only what it identifies. Placeholders, hashes of nothing, role mailboxes, blocked values and identifiers that
too many records share are set aside. Who is behind one that is left, `faces` tells: where two people share it, it joins the
records of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.settings.identity import Identity

# Short external ids ("12") are counters of one system; two systems counting from one would join strangers.
_MIN_EXTERNAL_ID = 5
_SEED = 6


@dataclass(frozen=True)
class MatchRule:
    """One exact rule. `confidence` is declared, not measured: how far a link of this kind is trusted, from 0 to 1."""

    name: str
    title: str
    confidence: float


MERGED = MatchRule("merged", "the vendor merged the records", 1.0)
EXTERNAL_ID = MatchRule("external_id", "the records carry the same external id", 0.99)
EMAIL = MatchRule("email", "the records carry the same e-mail address", 0.98)
PHONE = MatchRule("phone", "the records carry the same phone number and the same name, or only one name is known", 0.95)
DECIDED = MatchRule("decided", "a person decided that the records are one customer", 1.0)
RULES = (MERGED, EXTERNAL_ID, EMAIL, PHONE, DECIDED)
SPLINK = "splink"
"""Named in place of a rule where the weight of all evidence joined records."""
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


def most_records(limits: Identity) -> dict[str, int]:
    """By kind of identifier, how many records of one source may carry it before it identifies nobody."""
    return {
        "email": limits.max_records_per_email,
        "phone": limits.max_records_per_phone,
        "external_id": limits.max_records_per_external_id,
    }


def shared_values(identities: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """Identifiers that too many records share to identify anyone: `kind, value`.

    What counts is how many records of one export carry it, as a person is in many tools, and in each of them a few times at
    most. Contacts (calls, orders, responses) with the same identifiers tell of no further person: all of them count once.
    """
    caps = most_records(limits)
    value = pl.col("value").hash(seed=_SEED)  # of a million values two meet once in some ten million runs
    told = identities.filter(pl.col("value").is_not_null()).select("record", "export", "kind", value, "is_contact").unique()
    carried = pl.struct(pl.col("kind").cast(pl.String), "value").hash()
    same = told.filter("is_contact").group_by("record").agg(carried.sum().hash().alias("carries"))
    used = (
        told.filter(pl.col("kind").is_in(list(caps)))
        .join(same, on="record", how="left")
        .with_columns(pl.coalesce("carries", pl.col("record").hash()).alias("person"))
        .group_by("kind", "value", "export")
        .agg(pl.col("person").n_unique().alias("records"))
        .group_by("kind", "value")
        .agg(pl.col("records").max())
    )
    cap = pl.col("kind").cast(pl.String).replace_strict(caps, return_dtype=pl.Int64)
    many = used.filter(pl.col("records") > cap).select("kind", number="value")
    numbered = identities.select("kind", "value", number=value)
    return numbered.join(many, on=["kind", "number"], how="semi").select("kind", "value").unique()


def usable(identities: pl.DataFrame, shared: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """The identifiers that may join records: columns of `IDENTITIES`.

    Args:
        identities: columns of `IDENTITIES`, one row a (record, identifier); names come as kind `name` in match form.
        shared: as from `shared_values`.
        limits: blocked values.
    """
    is_counter = (pl.col("kind") == "external_id") & (pl.col("value").str.len_chars() < _MIN_EXTERNAL_ID)
    return identities.filter(
        pl.col("value").is_not_null()
        & ~pl.col("is_placeholder")
        & ~pl.col("is_role")
        & ~pl.col("is_test")
        & ~pl.col("value").is_in(list(limits.blocked_values))
        & ~is_counter
    ).join(shared, on=["kind", "value"], how="anti")


def merge_links(merges: pl.DataFrame) -> pl.DataFrame:
    """`left, right, rule` of merges that vendors tell of, as `record, survivor`."""
    return merges.select(
        pl.min_horizontal("record", "survivor").alias("left"),
        pl.max_horizontal("record", "survivor").alias("right"),
        pl.lit(MERGED.name).alias("rule"),
    ).filter(pl.col("left") != pl.col("right"))
