"""Numbered records into clusters: exact rules first, then the weight of all evidence, then clusters that hold together."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cx_pipeline.identity import faces, linkage, scores
from cx_pipeline.identity.blocking import Ints, candidates
from cx_pipeline.identity.fitting import RECORDS, fit
from cx_pipeline.identity.linkage import Guards, clipped
from cx_pipeline.identity.model import Model, load_model, stored_model
from cx_pipeline.identity.profiles import compared
from cx_pipeline.identity.rules import CONFIDENCE, DECIDED, SPLINK
from cx_pipeline.identity.scores import Scores
from cx_pipeline.identity.scoring import Scorer, pairs_at_once
from cx_pipeline.settings.identity import Identity

SINGLE = "single"
_FLOOR = -8.0  # bits; pairs that weigh less are strangers
_GREY = 2.0  # bits on either side of the threshold that a person may want to look at
_VALUES = {"kind": pl.String, "value": pl.String}
_MOST_PEOPLE = {"email": 3, "phone": 8, "external_id": 3}


class Evidence(NamedTuple):
    """What is known of records, numbered from 0.

    Attributes:
        profiles: as from `profiles.said`; `node` is the record.
        identifiers: `record, kind, value`, each once, of kinds that have an exact rule; nobody's and anybody's are left out.
        links: `left, right, rule`: what is certain, such as merges told by a vendor.
        must_link: `left, right`: decided by a person.
        cannot_link: `left, right`: decided by a person; no chain of `must_link` joins such a pair.
        shared: `kind, value` of identifiers that were left out as too many records share them.
    """

    profiles: pl.DataFrame
    identifiers: pl.DataFrame
    links: pl.DataFrame
    must_link: pl.DataFrame
    cannot_link: pl.DataFrame
    shared: pl.DataFrame = pl.DataFrame(schema=_VALUES)


class Linked(NamedTuple):
    """Clusters of numbered records.

    Attributes:
        clusters: `record, cluster, rule, confidence`; `cluster` is its smallest record, `confidence` that of its weakest joint.
        links: `left, right, rule, probability`, and for scored ones `bits_<field>`: why records are together.
        review: `left, right, probability, reason`: what a person may want to decide.
        blocking: `key, pairs, only_here`.
        crowded: `kind, value, faces` of identifiers with too many people behind them.
        shared: `kind, value` of those, and of all that too many records share: they identify nobody.
        scores: what was scored, for the next night.
        model: what scored.
    """

    clusters: pl.DataFrame
    links: pl.DataFrame
    review: pl.DataFrame
    blocking: pl.DataFrame
    crowded: pl.DataFrame
    shared: pl.DataFrame
    scores: Scores
    model: Model


def link(evidence: Evidence, limits: Identity, *, fits: bool, before: Scores | None = None) -> Linked:
    """Put records together that are one person's.

    Args:
        evidence: what is known.
        limits: caps, thresholds, and the model to use.
        fits: fit the model on these very records, without labels, where they are enough.
        before: scores of the last night.
    """
    size = evidence.profiles.height
    people = faces.grouped(
        evidence.identifiers, evidence.profiles.select(pl.col("node").alias("record"), *faces.FACE), _MOST_PEOPLE
    )
    ruled = pl.concat([_ends(evidence.links), _stars(people.members)]).unique().sort("left", "right", "rule")
    forced = _ends(evidence.must_link.with_columns(rule=pl.lit(DECIDED.name)))
    sources = _sources(evidence.profiles, limits)
    group = _held_together(size, ruled, forced, evidence, sources, people.members)
    kept = compared(_representatives(evidence.profiles, group))
    evidence = evidence._replace(profiles=pl.DataFrame())  # as large as all that follows
    found = candidates(kept, group[kept["node"].to_numpy()])
    model = _model(limits)
    if fits and kept.height >= RECORDS:
        model = fit(kept, found, model, "fitted")
    scorer = Scorer(kept.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("node")), model)
    try:
        place = np.zeros(size, dtype=np.int64)
        place[kept["node"].to_numpy()] = np.arange(kept.height)
        scored, remembered = _scored(scorer, place[found.left], place[found.right], before)
        node = kept["node"].to_numpy().astype(np.int64)
        edges = scored.with_columns(pl.Series("left", node[scored["left"]]), pl.Series("right", node[scored["right"]]))
        guards = Guards(_apart(evidence.cannot_link, group), _of_groups(sources, group), limits.max_cluster_records)
        joined = linkage.join(size, _sizes(size, group, kept), _between(edges, group), guards, at_least=_threshold(limits))
        label = joined.label[group]
        told = _telling(edges, group, label)
        bits = scorer.bits(place[told["left"].to_numpy()], place[told["right"].to_numpy()])
        explained = _explained(bits, node)
    finally:
        scorer.close()
    links = pl.concat([_rule_links(ruled, forced, label), explained], how="diagonal").sort("left", "right", "rule")
    review = _review(edges, label, evidence.cannot_link, limits)
    shared = pl.concat([evidence.shared, people.crowded.select(*_VALUES)]).unique()
    clusters = _clusters(label, group, joined, links)
    return Linked(clusters, links, review, found.report, people.crowded, shared, remembered, model)


def _ends(links: pl.DataFrame) -> pl.DataFrame:
    low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
    return links.select(low.cast(pl.Int64).alias("left"), high.cast(pl.Int64).alias("right"), "rule").filter(
        pl.col("left") != pl.col("right")
    )


def _stars(members: pl.DataFrame) -> pl.DataFrame:
    """From the smallest record of each group to each other one."""
    first = pl.col("record").min().over("identifier", "group")
    return _ends(members.select(first.alias("left"), pl.col("record").alias("right"), pl.col("kind").alias("rule")))


def _components(size: int, links: pl.DataFrame) -> Ints:
    """Of each record the smallest one it is linked with, directly or through others."""
    graph = coo_matrix(
        (np.ones(links.height, dtype=np.int8), (links["left"].to_numpy(), links["right"].to_numpy())), shape=(size, size)
    )
    count, label = connected_components(graph, directed=False)
    first = np.full(count, size, dtype=np.int64)
    np.minimum.at(first, label, np.arange(size))
    return np.asarray(first[label])


def _held_together(
    size: int, ruled: pl.DataFrame, forced: pl.DataFrame, evidence: Evidence, sources: Ints, members: pl.DataFrame
) -> Ints:
    """The group of each record: what rules and people put together, but for groups that contradict themselves.

    Such a group - two records that a person keeps apart, two people's names, two records of a source without duplicates - is
    left to the weight of evidence. What a person decided holds in it, and records that say the very same under one identifier.
    """
    group = _components(size, pl.concat([ruled, forced]))
    apart = evidence.cannot_link
    broken = group[apart["left"].to_numpy()][group[apart["left"].to_numpy()] == group[apart["right"].to_numpy()]]
    doubled = pl.DataFrame({"group": group, "source": sources}).filter(pl.col("source") >= 0)
    doubled = doubled.group_by("group", "source").len().filter(pl.col("len") > 1)
    split = np.unique(np.concatenate([broken, doubled["group"].to_numpy()]))
    opened = np.unique(np.concatenate([split, _contradictory(evidence.profiles, group)]))
    if len(opened) == 0:
        return group
    is_open, is_split = np.isin(group, opened), np.isin(group, split)
    certain = ruled.filter(pl.Series(~is_open[ruled["left"].to_numpy()]))
    record = members["record"].to_numpy()
    alike = members.filter(pl.Series(is_open[record] & ~is_split[record]))
    return _components(size, pl.concat([certain, forced, _stars(_by_face(alike, evidence.profiles))]))


def _by_face(members: pl.DataFrame, profiles: pl.DataFrame) -> pl.DataFrame:
    """Members with those of one group told apart by what exactly they say of the person."""
    said = pl.concat_str(*(pl.col(name).fill_null("") for name in faces.FACE), separator="\x1f")
    told = profiles.select(pl.col("node").cast(pl.Int64).alias("record"), said.alias("said"))
    return members.join(told, on="record", how="left", maintain_order="left").with_columns(
        pl.concat_str(pl.col("group").cast(pl.String), "said", separator="\x1f").alias("group")
    )


def _contradictory(profiles: pl.DataFrame, group: Ints) -> Ints:
    """Groups in which two records name people that cannot be one."""
    named = (
        profiles.select(*faces.FACE, pl.Series("group", group))
        .filter(pl.col("given").is_not_null() & pl.col("family").is_not_null())
        .unique(["group", *faces.FACE], keep="any")
    )
    several = named.filter(pl.len().over("group") > 1)
    crowd = several.filter(pl.len().over("group") > faces.MOST_FACES)["group"].unique()
    few = several.filter(pl.len().over("group") <= faces.MOST_FACES).with_row_index("place").with_columns(kind=pl.lit("group"))
    pairs = few.join(few, on="group").filter(pl.col("place") < pl.col("place_right"))
    if pairs.is_empty():
        return crowd.to_numpy()
    against = pairs.filter(pl.Series(~faces.can_be_one(pairs)))["group"].unique()
    return np.concatenate([against.to_numpy(), crowd.to_numpy()])


def _sources(profiles: pl.DataFrame, limits: Identity) -> Ints:
    named = sorted(limits.sources_without_duplicates)
    places = {name: place for place, name in enumerate(named)}
    return profiles["source"].replace_strict(places, default=-1, return_dtype=pl.Int64).to_numpy()


def _of_groups(sources: Ints, group: Ints) -> pl.DataFrame:
    """`node, source` of groups that hold a record of a source without duplicates."""
    return pl.DataFrame({"node": group, "source": sources}).filter(pl.col("source") >= 0).unique()


def _representatives(profiles: pl.DataFrame, group: Ints) -> pl.DataFrame:
    """Of each group every different profile once: the smallest record that has it."""
    fields = pl.struct(pl.exclude("node", "source", "group", "ids"), pl.col("ids").list.join(";")).hash()
    grouped = profiles.with_columns(pl.Series("group", group))
    return (
        grouped.with_columns(fields.alias("_same"))
        .unique(["group", "_same"], keep="first", maintain_order=True)
        .drop("_same", "group")
    )


def _sizes(size: int, group: Ints, kept: pl.DataFrame) -> Ints:
    return np.maximum(np.bincount(group[kept["node"].to_numpy()], minlength=size), 1)


def _apart(cannot: pl.DataFrame, group: Ints) -> pl.DataFrame:
    return pl.DataFrame({"left": group[cannot["left"].to_numpy()], "right": group[cannot["right"].to_numpy()]}).unique()


def _between(edges: pl.DataFrame, group: Ints) -> pl.DataFrame:
    """Edges of groups: sums over the profiles of both, pairs that were not compared counted as such."""
    ends = edges.select(
        pl.Series("left", group[edges["left"].to_numpy()]),
        pl.Series("right", group[edges["right"].to_numpy()]),
        (clipped(pl.col("weight")) - linkage.UNCOMPARED).alias("weight"),
    )
    low, high = pl.min_horizontal("left", "right").alias("left"), pl.max_horizontal("left", "right").alias("right")
    return ends.select(low, high, "weight").group_by("left", "right").agg(pl.col("weight").sum())


def _model(limits: Identity) -> Model:
    return load_model(limits.model) if limits.model is not None else stored_model()


def _threshold(limits: Identity) -> float:
    return float(np.log2(limits.match_probability / (1 - limits.match_probability)))


def _scored(scorer: Scorer, left: Ints, right: Ints, before: Scores | None) -> tuple[pl.DataFrame, Scores]:
    """Weights of the pairs above the floor that may be one person, and all scores for the next night."""
    version = scorer.version
    known = before if before is not None and before.version == version else scores.nothing(version)
    prints = scores.fingerprints(scorer.profiles, scorer.rarities)
    parts = scores.split(prints, left, right, known)
    fresh = (_weighed(scorer, *some) for some in pairs_at_once(parts.left, parts.right))
    supported: list[pl.DataFrame] = []
    kept: list[pl.DataFrame] = []
    for weighed in chain([parts.known], fresh):
        judged = _judged(scorer, weighed)
        supported.append(judged.filter("is_supported").select("left", "right", pl.col("weight") + scorer.prior_bits))
        kept.append(scores.noted(prints, judged))
    return pl.concat(supported), scores.merged(version, kept)


def _weighed(scorer: Scorer, left: Ints, right: Ints) -> pl.DataFrame:
    """Weights as exact as they are kept: a score that comes from the night before is the score that would be made tonight."""
    return scorer.weights(left, right).with_columns(
        pl.col("weight").cast(pl.Float32).cast(pl.Float64), pl.lit(None, dtype=pl.Boolean).alias("is_supported")
    )


def _judged(scorer: Scorer, weighed: pl.DataFrame) -> pl.DataFrame:
    """Whether pairs may be one person: null below the floor, asked where it was not before."""
    likely = weighed["weight"] + scorer.prior_bits >= _FLOOR
    asked = (likely & weighed["is_supported"].is_null()).arg_true()
    pairs = weighed[asked]
    told = scorer.supported(pairs["left"].to_numpy(), pairs["right"].to_numpy())
    supported = weighed["is_supported"].scatter(asked, told).zip_with(likely, pl.Series([None], dtype=pl.Boolean))
    return weighed.with_columns(supported.alias("is_supported"))


def _telling(edges: pl.DataFrame, group: Ints, label: Ints) -> pl.DataFrame:
    """The edges that tell why: of each group within a larger cluster the strongest one to another group of it."""
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    inside = edges.filter(pl.Series((label[left] == label[right]) & (group[left] != group[right])))
    ends = inside.with_columns(
        pl.Series("one", group[inside["left"].to_numpy()]), pl.Series("other", group[inside["right"].to_numpy()])
    ).sort("weight", "left", "right", descending=[True, False, False])
    best = [ends.unique(side, keep="first", maintain_order=True) for side in ("one", "other")]
    return pl.concat(best).select("left", "right").unique().sort("left", "right")


def _explained(bits: pl.DataFrame, node: Ints) -> pl.DataFrame:
    return bits.select(
        pl.Series("left", node[bits["left"].to_numpy()]),
        pl.Series("right", node[bits["right"].to_numpy()]),
        pl.lit(SPLINK).alias("rule"),
        _probability(pl.col("weight")).alias("probability"),
        pl.col("^bits_.*$"),
    )


def _rule_links(ruled: pl.DataFrame, forced: pl.DataFrame, label: Ints) -> pl.DataFrame:
    """Links by rules that hold: of a group that was opened, some may not."""
    told = pl.concat([ruled, forced])
    held = pl.Series(label[told["left"].to_numpy()] == label[told["right"].to_numpy()])
    confidence = pl.col("rule").replace_strict(CONFIDENCE, return_dtype=pl.Float64)
    return told.filter(held).unique().with_columns(confidence.alias("probability"))


def _probability(weight: pl.Expr) -> pl.Expr:
    return 1 / (1 + pl.lit(2.0).pow(-weight))


def _review(edges: pl.DataFrame, label: Ints, cannot: pl.DataFrame, limits: Identity) -> pl.DataFrame:
    """Pairs near the threshold, and those that would be one person by themselves but whose clusters did not hold together.

    Of clusters that a person keeps apart nothing is asked again.
    """
    threshold = _threshold(limits)
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    together = pl.Series(label[left] == label[right])
    size = pl.Series(np.bincount(label, minlength=len(label))[label[left]])
    cut = edges.filter(~together & (edges["weight"] >= threshold)).with_columns(reason=pl.lit("weak_bridge"))
    near = edges.filter(
        ((~together) & edges["weight"].is_between(threshold - _GREY, threshold, closed="left"))
        | (together & (size == 2) & (edges["weight"] < threshold + _GREY))
    ).with_columns(reason=pl.lit("grey_band"))
    told = pl.concat([cut, near]).with_columns(
        pl.Series("one", label[pl.concat([cut, near])["left"].to_numpy()]),
        pl.Series("other", label[pl.concat([cut, near])["right"].to_numpy()]),
    )
    decided = _ends(_apart(cannot, label).with_columns(rule=pl.lit(DECIDED.name))).select(one="left", other="right")
    low, high = pl.min_horizontal("one", "other").alias("one"), pl.max_horizontal("one", "other").alias("other")
    best = (
        told.with_columns(low, high)
        .join(decided, on=["one", "other"], how="anti")
        .sort("weight", "left", "right", descending=[True, False, False])
        .unique(["one", "other"], keep="first", maintain_order=True)
    )
    return best.select("left", "right", _probability(pl.col("weight")).alias("probability"), "reason").sort("left", "right")


def _clusters(label: Ints, group: Ints, joined: linkage.Joined, links: pl.DataFrame) -> pl.DataFrame:
    record = np.arange(len(label), dtype=np.int64)
    first = np.full(len(label), len(label), dtype=np.int64)
    np.minimum.at(first, label, record)
    cluster = first[label]
    used = (
        links.select(pl.Series("cluster", cluster[links["left"].to_numpy()]), "rule", "probability")
        .group_by("cluster")
        .agg(
            pl.col("rule").unique().sort().str.join("+"),
            pl.col("probability").filter(pl.col("rule") != SPLINK).min().alias("ruled"),
        )
    )
    weakest = joined.weakest[group]
    joint = pl.DataFrame({"record": record, "cluster": cluster, "weakest": weakest})
    confidence = pl.min_horizontal("ruled", pl.when(pl.col("weakest").is_finite()).then(_probability(pl.col("weakest"))))
    return joint.join(used, on="cluster", how="left", maintain_order="left").select(
        "record",
        "cluster",
        pl.col("rule").fill_null(SINGLE),
        confidence.fill_null(1.0).alias("confidence"),
    )
