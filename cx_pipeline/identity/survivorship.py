"""Survivorship: of what all sources say of a person, the one value of each attribute, the reason, and all that gave way.

Values are compared in one form, so that a name in capitals or a number in other punctuation is the same value. What
identifies nobody (a role mailbox, an identifier that too many share) and what test or deleted records say competes only
where nothing else does. The rest is compared by the criteria of the settings, in their order; the rule of a value is the
criterion that decided between it and the runner-up. The order of rows and the number of copies of a row decide nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import get_args

import polars as pl

from cx_pipeline.contracts.tables.customer_attributes import SOURCE_VALUES, TABLE
from cx_pipeline.identity.whole_names import with_whole_names
from cx_pipeline.scrub.folding import match_form
from cx_pipeline.settings.identity import Attribute, Survivorship
from cx_pipeline.side_by_side import side_by_side

ATTRIBUTES: tuple[Attribute, ...] = get_args(Attribute)
EVIDENCE: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "attribute": pl.String(),
    "value": pl.String(),
    "source_system": pl.String(),
    "updated_at": pl.Datetime("us"),
    "is_contact": pl.Boolean(),
    "is_set_aside": pl.Boolean(),
}
"""One row a (record, attribute, value): what it says, when it last confirmed it, whether it is no profile but a contact, and
whether the value may stand only where there is no other."""

# Organizations have ids of their own in every source: two of them do not contradict each other.
_INCOMPARABLE: tuple[Attribute, ...] = ("organization_id",)
# What is dated later than this has a clock that is wrong, and would win every comparison of recency for ever.
_CLOCKS_DIFFER = timedelta(days=1)
_PERSON = "customer_id"


def survivors(evidence: pl.DataFrame, policy: Survivorship, now: datetime) -> pl.DataFrame:
    """The rows of `customer_attributes`, in lake form and in the order of their key.

    Args:
        evidence: columns of `EVIDENCE`, of whole people; other attributes than `ATTRIBUTES` are left out.
        policy: criteria, trust and staleness by attribute.
        now: of the run, UTC.
    """
    known = evidence.filter(pl.col("value").fill_null("") != "", pl.col(_PERSON).is_not_null()).with_columns(
        pl.when(pl.col("updated_at") <= now + _CLOCKS_DIFFER).then("updated_at").alias("updated_at"),
        pl.col("is_contact", "is_set_aside").fill_null(value=False),
    )
    # People are numbered in the order of their ids: numbers are grouped, joined and sorted at a fraction of the cost of texts.
    ids = known.get_column(_PERSON).unique().sort()
    numbers = pl.DataFrame({_PERSON: ids, "_number": pl.int_range(ids.len(), dtype=pl.UInt32, eager=True)})
    numbered = known.join(numbers, on=_PERSON, how="left").drop(_PERSON).rename({"_number": _PERSON})

    def chosen_of(attribute: Attribute) -> pl.DataFrame:
        return _survivors(numbered.filter(attribute=attribute), attribute, policy, now)

    told = pl.concat(side_by_side(partial(chosen_of, attribute) for attribute in ATTRIBUTES)).sort(_PERSON, "attribute")
    return told.with_columns(ids.gather(told.get_column(_PERSON)))


def _survivors(evidence: pl.DataFrame, attribute: Attribute, policy: Survivorship, now: datetime) -> pl.DataFrame:
    order, told = policy.order_of(attribute), _told(evidence, attribute, policy.trust_of(attribute))
    chosen = _chosen(told, order)
    spelt = _spelt(told, chosen, order)
    limit = now - timedelta(days=policy.stale_days_of(attribute))
    return (
        chosen.join(spelt, on=_PERSON)
        .join(_conflicts(told, attribute), on=_PERSON)
        .join(_source_values(told, chosen), on=_PERSON)
        .with_columns(
            pl.lit(attribute).alias("attribute"),
            (pl.col("confirmed_at") < limit).alias("is_stale"),
        )
        .select(_PERSON, *(pl.col(name).cast(dtype) for name, dtype in TABLE.lake_schema.items() if name != _PERSON))
    )


def _form(value: pl.Expr, attribute: Attribute) -> pl.Expr:
    """The form in which values of an attribute are compared."""
    if attribute == "name":
        # In some languages, and some tools, the family name comes first: the words alone make the name.
        return pl.coalesce(match_form(value).str.split(" ").list.unique().list.sort().list.join(" "), value)
    if attribute == "address":
        return pl.coalesce(match_form(value), value)
    if attribute == "phone":
        digits = value.str.replace_all("[^0-9]", "")
        return pl.when(digits != "").then(digits).otherwise(value)
    if attribute == "language":
        return value.str.to_lowercase().str.extract("^([^-_]*)")
    return value if attribute == "organization_id" else value.str.to_lowercase()


def _told(evidence: pl.DataFrame, attribute: Attribute, trust: tuple[str, ...]) -> pl.DataFrame:
    """What each source says, once: `form`, `is_whole`, `trust` (the larger the more), `length`, `competes`."""
    ranks = {source: len(trust) - place for place, source in reversed(list(enumerate(trust)))}
    source = pl.col("source_system").replace_strict(ranks, default=0, return_dtype=pl.Int64) if ranks else pl.lit(0, pl.Int64)
    told = (
        evidence.group_by(_PERSON, "value", "source_system", "is_contact", "is_set_aside")
        .agg(pl.col("updated_at").max())
        .with_columns(
            _form(pl.col("value"), attribute).alias("form"),
            (2 * source + (~pl.col("is_contact")).cast(pl.Int64)).alias("trust"),
            (pl.col("is_set_aside") == pl.col("is_set_aside").min().over(_PERSON)).alias("competes"),
            pl.col("value").str.len_chars().alias("length"),
        )
    )
    whole = with_whole_names(told) if attribute == "name" else told.with_columns(_whole=pl.lit(None, pl.String))
    return whole.with_columns(
        pl.coalesce("_whole", "form").alias("form"),
        pl.col("_whole").is_null().alias("is_whole"),
    ).drop("_whole")


def _chosen(told: pl.DataFrame, order: tuple[str, ...]) -> pl.DataFrame:
    """One row a person: the winning `form`, the `rule` and when it was `confirmed_at`."""
    rivals = (
        told.filter("competes")
        .group_by(_PERSON, "form")
        .agg(
            pl.col("trust").max(),
            pl.col("updated_at").max().alias("recency"),
            pl.col("source_system").n_unique().alias("frequency"),
            pl.col("length").max().alias("completeness"),
        )
        .sort([*order, "form"], descending=[True] * len(order) + [False], nulls_last=True)
    )
    first = rivals.unique(_PERSON, keep="first", maintain_order=True)
    second = rivals.filter(pl.int_range(pl.len()).over(_PERSON) == 1).select(_PERSON, *order, _second=True)
    others = told.group_by(_PERSON).agg(pl.col("form").n_unique().alias("_forms"), pl.col("is_whole").all().alias("_all_whole"))
    differs = pl.coalesce(
        *(pl.when(pl.col(name).ne_missing(pl.col(f"{name}_second"))).then(pl.lit(name)) for name in order),
        pl.lit("smallest_value"),
    )
    alone = (
        pl.when(pl.col("_forms") > 1)
        .then(pl.lit("others_set_aside"))
        .when("_all_whole")
        .then(pl.lit("only_value"))
        .otherwise(pl.lit("completeness"))
    )
    return (
        first.join(second, on=_PERSON, how="left", suffix="_second")
        .join(others, on=_PERSON)
        .select(
            _PERSON,
            "form",
            pl.when(pl.col("_second")).then(differs).otherwise(alone).alias("rule"),
            pl.col("recency").alias("confirmed_at"),
        )
    )


def _spelt(told: pl.DataFrame, chosen: pl.DataFrame, order: tuple[str, ...]) -> pl.DataFrame:
    """The winning form as the source that says it best spells it: `value, source_system`."""
    columns = {"trust": "trust", "recency": "updated_at", "completeness": "length"}
    best = [columns[name] for name in order if name in columns]
    return (
        told.filter("competes")
        .join(chosen.select(_PERSON, "form"), on=[_PERSON, "form"], how="semi")
        .sort(["is_whole", *best, "value", "source_system"], descending=[True] * (1 + len(best)) + [False] * 2, nulls_last=True)
        .unique(_PERSON, keep="first", maintain_order=True)
        .select(_PERSON, "value", "source_system")
    )


def _conflicts(told: pl.DataFrame, attribute: Attribute) -> pl.DataFrame:
    """Whether sources disagree. Each has one word: what its profiles, else its contacts, say since the latest moment."""
    words = (
        told.filter("competes")
        .sort(["is_contact", "updated_at", "form"], descending=[False, True, False], nulls_last=True)
        .unique([_PERSON, "source_system"], keep="first", maintain_order=True)
        .group_by(_PERSON)
        .agg((pl.col("form").n_unique() > 1).alias("is_conflicting"))
    )
    return words if attribute not in _INCOMPARABLE else words.with_columns(is_conflicting=False)


def _source_values(told: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """What every source says, the winner's first, then the latest confirmed."""
    said = told.group_by(_PERSON, "form", "source_system", "value").agg(pl.col("updated_at").max())
    winners = chosen.select(_PERSON, "form", _wins=True)
    return (
        said.join(winners, on=[_PERSON, "form"], how="left")
        .sort(
            ["_wins", "updated_at", "source_system", "value"],
            descending=[True, True, False, False],
            nulls_last=True,
        )
        .group_by(_PERSON, maintain_order=True)
        .agg(pl.struct(source="source_system", value="value", updated_at="updated_at").alias("source_values"))
        .with_columns(pl.col("source_values").cast(SOURCE_VALUES))
    )
