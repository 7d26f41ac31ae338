"""Who is who among the records of a table: the public way into the identity room."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from cx_pipeline.identity.events import happened
from cx_pipeline.identity.impact import impact
from cx_pipeline.identity.linking import Evidence, Linked, link
from cx_pipeline.identity.model import Model
from cx_pipeline.identity.overrides import Overrides, numbered
from cx_pipeline.identity.profiles import complete, said
from cx_pipeline.identity.registry import Assignment, assign, empty
from cx_pipeline.identity.rules import most_records
from cx_pipeline.identity.scores import Scores
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.settings.identity import Identity

# Ids of a table of one's own: nothing to keep secret, as the records come with them.
_OPEN = Tokeniser(bytes(32))
_LINKS = {"left": pl.Int64, "right": pl.Int64, "rule": pl.String}


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    Attributes:
        customers: `customer_id, records, sources, rule, confidence`, one row a customer.
        membership: `record_id, customer_id, rule, probability`, one row a record: how its customer was put together, and how sure
            the weakest joint of it is.
        explanations: `left, right, rule, probability`, and `bits_<field>`, the weight of each field where the pair was scored.
        review: `left, right, probability, reason`: pairs that a person may want to decide.
        blocking: `key, pairs, only_here`: what each blocking key offered, and what no other one did.
        shared: `kind, people, identifiers`: how many identifiers so many people share that they identify nobody.
        impact: what changes against the registry given, as from `impact.impact`.
        events: what happened to customers since then, as from `events.happened`.
        registry: to be given to the next call, so that customers keep their ids.
        scores: to be given to the next call, so that only what changed is scored.
        model: what scored the pairs.
    """

    customers: pl.DataFrame
    membership: pl.DataFrame
    explanations: pl.DataFrame
    review: pl.DataFrame
    blocking: pl.DataFrame
    shared: pl.DataFrame
    impact: pl.DataFrame
    events: pl.DataFrame
    registry: Assignment = field(repr=False)
    scores: Scores = field(repr=False)
    model: Model = field(repr=False)


def resolve(
    people: pl.DataFrame,
    settings: Identity | None = None,
    registry: Assignment | None = None,
    overrides: Overrides | None = None,
    *,
    scores: Scores | None = None,
    tokeniser: Tokeniser = _OPEN,
) -> Resolution:
    """Find out which records are one person.

    Args:
        people: columns of `profiles.PEOPLE`, one row a record; what is not there is not known.
        settings: caps, thresholds and the model. Without a model in it, one is fitted on the records, without labels, where they
            are enough for it; else the one that comes along is used.
        registry: of the call before; empty when not given.
        overrides: pairs that are, or are not, one person, by `record_id`.
        scores: of the call before.
        tokeniser: mints customer ids.

    Raises:
        ConfigError: `record_id` is missing, null or not unique.
    """
    limits = settings if settings is not None else Identity()
    before = registry if registry is not None else empty()
    stated = overrides if overrides is not None else Overrides()
    found = link(_evidence(people, limits, stated), limits, fits=limits.model is None, before=scores)
    known = _in_order(people).select("record_id", "source")
    ids = known["record_id"]
    clusters = found.clusters.with_columns(
        pl.Series("record", ids.gather(found.clusters["record"])), pl.Series("cluster", ids.gather(found.clusters["cluster"]))
    )
    now = assign(clusters.select("record", "cluster"), before, tokeniser)
    membership = clusters.join(now.membership, on="record", how="left", maintain_order="left").select(
        pl.col("record").alias("record_id"), "customer_id", "rule", pl.col("confidence").alias("probability")
    )
    happenings = happened(before, now)
    return Resolution(
        _customers(membership, known),
        membership,
        _named(found.links, ids),
        _named(found.review, ids),
        found.blocking,
        _shared(found),
        impact(before, now, limits, is_accepted=False),
        happenings,
        now,
        found.scores,
        found.model,
    )


def _in_order(people: pl.DataFrame) -> pl.DataFrame:
    """Records are numbered in the order of their ids, so that the order of rows changes nothing."""
    return complete(people).sort("record_id")


def _evidence(people: pl.DataFrame, limits: Identity, stated: Overrides) -> Evidence:
    known = _in_order(people)
    told = said(known)
    return Evidence(
        told,
        _identifiers(told, limits),
        pl.DataFrame(schema=_LINKS),
        numbered(stated.must_link, known["record_id"]),
        numbered(stated.cannot_link, known["record_id"]),
    )


def _identifiers(told: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """`record, kind, value`, without those that more records of one source carry than the settings allow."""
    record = pl.col("node").cast(pl.Int64).alias("record")
    each = pl.concat(
        [
            told.select(record, "source", pl.lit("email").alias("kind"), pl.col("email").alias("value")),
            told.select(record, "source", pl.lit("phone").alias("kind"), pl.col("phone").alias("value")),
            told.explode("ids").select(record, "source", pl.lit("external_id").alias("kind"), pl.col("ids").alias("value")),
        ]
    ).filter(pl.col("value").is_not_null() & ~pl.col("value").is_in(list(limits.blocked_values)))
    caps = most_records(limits)
    many = each.group_by("kind", "value").len().filter(pl.col("len") > min(caps.values()))
    carried = each.join(many, on=["kind", "value"], how="semi").group_by("kind", "value", "source").len()
    cap = pl.col("kind").replace_strict(caps, return_dtype=pl.Int64)
    shared = carried.filter(pl.col("len") > cap).select("kind", "value").unique()
    return each.join(shared, on=["kind", "value"], how="anti", maintain_order="left").select("record", "kind", "value")


def _named(pairs: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return pairs.with_columns(pl.Series("left", ids.gather(pairs["left"])), pl.Series("right", ids.gather(pairs["right"])))


def _customers(membership: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    return (
        membership.with_columns(people["source"].alias("source"))
        .group_by("customer_id")
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("source").drop_nulls().n_unique().cast(pl.Int64).alias("sources"),
            pl.col("rule").first(),
            pl.col("probability").first().alias("confidence"),
        )
        .sort("customer_id")
    )


def _shared(found: Linked) -> pl.DataFrame:
    return (
        found.crowded.group_by("kind", pl.col("faces").alias("people")).agg(pl.len().alias("identifiers")).sort("kind", "people")
    )
