"""People from records: identifiers and person records in, customers and their ids out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from cx_pipeline.contracts.table import Table
from cx_pipeline.identity.linking import Evidence, link
from cx_pipeline.identity.overrides import Overrides, numbered
from cx_pipeline.identity.profiles import PEOPLE, said
from cx_pipeline.identity.registry import Assignment, assign
from cx_pipeline.identity.review import NOTHING
from cx_pipeline.identity.rules import IDENTITIES, merge_links, shared_values, usable
from cx_pipeline.identity.scores import Scores
from cx_pipeline.identity.threads import with_conversation
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.scrub.email import is_role_mailbox
from cx_pipeline.scrub.names import match_form
from cx_pipeline.settings.identity import Identity
from cx_pipeline.sorted_keys import SortedKeys

_EXPORT = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"))
_RECORD = pl.concat_str(_EXPORT, "source_id")
_OWNER = pl.coalesce("customer_record", _RECORD)
_SURVIVOR = pl.concat_str(_EXPORT, "merged_into_source_id")
_FACTS = (
    "source_system",
    "source_updated_at",
    "first_seen_at",
    "last_seen_at",
)


_HOMES = {"agent_id": "agents", "organization_id": "organizations", "interaction_id": "interactions"}
_JOINING = ("email", "phone", "external_id")
_COMPARED = {"name": "full_name", "email": "email", "phone": "phone", "address": "street"}


class Resolved(NamedTuple):
    """Who is who.

    Attributes:
        membership: `record, customer_id, rule, confidence`, one row a person record.
        links: `left, right, rule, probability`, and `bits_<field>` where evidence was weighed: why records were joined.
        shared: `kind, value` that too many records share to identify anyone.
        derived: the tables made of it, in lake form: customers, without the attributes that have to survive.
        registry: to be kept once this run is published.
        review: `left, right, probability, reason` of pairs that are left to a person.
        scores: for the next night.
        blocking: `key, pairs, only_here`: what each blocking key offered.
    """

    membership: pl.DataFrame
    links: pl.DataFrame
    shared: pl.DataFrame
    derived: dict[str, pl.DataFrame]
    registry: Assignment
    review: pl.DataFrame = NOTHING
    scores: Scores | None = None
    blocking: pl.DataFrame = pl.DataFrame()


@dataclass(frozen=True)
class Lookups:
    """What references are resolved against.

    Attributes:
        membership: person records.
        agents: agents.
        interactions: `interaction_id, is_deleted` of every interaction.
        organizations: `organization_id` of every organization.
        tokeniser: gives an undelivered person the id that a record of their own would get.
    """

    membership: pl.DataFrame
    agents: pl.DataFrame
    interactions: pl.DataFrame
    organizations: pl.DataFrame
    tokeniser: Tokeniser

    @cached_property
    def customers(self) -> SortedKeys:
        """Customer ids by person record."""
        return SortedKeys.of(self.membership["record"], self.membership["customer_id"])

    @cached_property
    def authors(self) -> SortedKeys:
        """What kind of author an agent is, by id."""
        agents = self.agents.unique("agent_id")
        kind = agents.select(pl.when("is_bot").then(pl.lit("bot")).otherwise(pl.lit("agent"))).to_series()
        return SortedKeys.of(agents["agent_id"], kind)

    @cached_property
    def deleted(self) -> SortedKeys:
        """Interactions that were deleted."""
        return SortedKeys.of(self.interactions.filter("is_deleted")["interaction_id"])

    @cached_property
    def known(self) -> dict[str, SortedKeys]:
        """What there is of each kind of thing that other tables refer to, by the column that names it."""
        return {column: SortedKeys.of(getattr(self, home)[column]) for column, home in _HOMES.items()}


def resolve(
    identities: pl.LazyFrame,
    persons: pl.LazyFrame,
    limits: Identity,
    mailboxes: Collection[str],
    before: Assignment,
    tokeniser: Tokeniser,
    overrides: Overrides = Overrides(),  # noqa: B008  # frozen, and empty
    scores: Scores | None = None,
) -> Resolved:
    """Resolve people: by exact rules, by the weight of all evidence, into clusters that hold together.

    Records are numbered in the order of their keys, and held as numbers: a smaller number is a smaller key.

    Args:
        identities: current rows of `customer_identities` in lake form.
        persons: current rows of `people`.
        limits: caps of the rules, thresholds, and the matching model.
        mailboxes: role mailboxes beyond the usual ones.
        before: the registry of the published version.
        tokeniser: mints ids.
        overrides: what people stated about pairs of records.
        scores: of the last night.
    """
    records = _records(identities, persons)
    # Handed over and not kept here: who links lets go of the profiles, as large as all that follows.
    found = link(_evidence(identities, persons, records, limits, mailboxes, overrides), limits, fits=False, before=scores)
    people = _numbered(persons, pl.col("customer_record"), records).select("record", *_FACTS).collect()
    clusters = found.clusters.with_columns(pl.col("record", "cluster").cast(pl.UInt32)).join(
        people.select("record").unique(), on="record", how="semi", maintain_order="left"
    )
    named = clusters.select(_key("record", records), _key("cluster", records), "rule", "confidence")
    registry = assign(named.select("record", "cluster"), before, tokeniser)
    membership = named.join(registry.membership, on="record", how="left", maintain_order="left")
    ids = clusters.select("cluster", membership.get_column("customer_id")).unique("cluster")
    return Resolved(
        membership.select("record", "customer_id", "rule", "confidence"),
        found.links.with_columns(_key("left", records), _key("right", records)),
        found.shared,
        {"customers": _customers(people, clusters, ids)},
        registry,
        found.review.with_columns(_key("left", records), _key("right", records)),
        found.scores,
        found.blocking,
    )


def _evidence(
    identities: pl.LazyFrame,
    persons: pl.LazyFrame,
    records: pl.Series,
    limits: Identity,
    mailboxes: Collection[str],
    overrides: Overrides,
) -> Evidence:
    known = _identifiers(identities, persons, records, mailboxes)
    shared = shared_values(known, limits)
    may_join = usable(known, shared, limits)
    del known  # as large as what is left of it
    joining = may_join.filter(pl.col("kind").is_in(_JOINING)).unique(["record", "kind", "value"])
    return Evidence(
        _profiles(may_join, records),
        joining.select(pl.col("record").cast(pl.Int64), pl.col("kind").cast(pl.String), "value"),
        merge_links(_merges(persons, records)),
        numbered(overrides.must_link, records),
        numbered(overrides.cannot_link, records),
        shared.with_columns(pl.col("kind").cast(pl.String)),
    )


def _profiles(may_join: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """What is compared of every record that is told of. Of several values of a kind the smallest one is."""
    told = may_join.filter(pl.col("kind").is_in(list(_COMPARED))).group_by("record", "kind").agg(pl.col("value").min())
    wide = pl.DataFrame({"record": pl.int_range(records.len(), dtype=pl.UInt32, eager=True), "record_id": records})
    for kind, column in _COMPARED.items():
        wide = wide.join(
            told.filter(kind=kind).select("record", pl.col("value").alias(column)), on="record", how="left", maintain_order="left"
        )
    source = pl.col("record_id").str.extract(r"^([^.]*)")
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in PEOPLE if name not in {*wide.columns, "source"}]
    return said(wide.with_columns(source.alias("source"), *missing).select(PEOPLE))


def _records(identities: pl.LazyFrame, persons: pl.LazyFrame) -> pl.Series:
    """The key of every record that is told of, in order: the place of a key is its record's number."""
    merged = persons.filter(pl.col("merged_into_source_id").is_not_null())
    told = [persons.select(record="customer_record"), merged.select(record=_SURVIVOR), identities.select(record=_OWNER)]
    return pl.concat(told).unique().collect().to_series().sort()


def _numbered(rows: pl.LazyFrame, key: pl.Expr, records: pl.Series) -> pl.LazyFrame:
    """Rows with `record`, the number of a record key."""
    numbers = pl.LazyFrame({"_key": records, "record": pl.int_range(records.len(), dtype=pl.UInt32, eager=True)})
    return rows.with_columns(key.alias("_key")).join(numbers, on="_key", how="left", maintain_order="left").drop("_key")


def _key(column: str, records: pl.Series) -> pl.Expr:
    """The keys that numbers of a column stand for."""
    return pl.col(column).map_batches(records.gather, return_dtype=pl.String)


def _identifiers(identities: pl.LazyFrame, persons: pl.LazyFrame, records: pl.Series, mailboxes: Collection[str]) -> pl.DataFrame:
    """Columns of `IDENTITIES`, a row an identifier; words of which there are few are kept as numbers."""
    is_name = pl.col("kind") == "name"
    told_of = persons.filter("is_contact").select("customer_record").unique()
    contacts = _numbered(told_of, pl.col("customer_record"), records).select("record").collect().to_series()
    return (
        _numbered(identities, _OWNER, records)
        .select(
            "record",
            pl.col("kind").cast(pl.Categorical),
            pl.when(is_name).then(match_form(pl.col("value"))).otherwise("value").alias("value"),
            (pl.col("is_placeholder") | pl.col("is_null_hash")).alias("is_placeholder"),
            ((pl.col("kind") == "email") & is_role_mailbox(pl.col("value"), frozenset(mailboxes)))
            .fill_null(value=False)
            .alias("is_role"),
            "is_test",
            _OWNER.str.extract("^([^:]*)").cast(pl.Categorical).alias("export"),
        )
        .collect()
        .with_columns(pl.col("record").is_in(contacts.implode()).alias("is_contact"))
        .select(*IDENTITIES)
    )


def _merges(persons: pl.LazyFrame, records: pl.Series) -> pl.DataFrame:
    merged = persons.filter(pl.col("merged_into_source_id").is_not_null())
    numbered = _numbered(merged, pl.col("customer_record"), records).rename({"record": "merged"})
    return _numbered(numbered, _SURVIVOR, records).select(record="merged", survivor="record").collect()


def _customers(people: pl.DataFrame, clusters: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """One row a person; country and language are added by survivorship."""
    return (
        people.join(clusters, on="record")
        .group_by("cluster")
        .agg(
            pl.min_horizontal("first_seen_at", "last_seen_at", "source_updated_at").min().alias("first_seen_at"),
            pl.max_horizontal("first_seen_at", "last_seen_at", "source_updated_at").max().alias("last_seen_at"),
            pl.col("source_system").n_unique().cast(pl.Int64).alias("source_count"),
            pl.col("record").n_unique().cast(pl.Int64).alias("record_count"),
            pl.col("rule").first().alias("resolution_rule"),
            pl.col("confidence").first().alias("resolution_confidence"),
            pl.col("source_updated_at").max().alias("profile_updated_at"),
        )
        .join(ids, on="cluster")
        .select("customer_id", pl.exclude("customer_id", "cluster"))
        .sort("customer_id")
    )


def attach(rows: pl.LazyFrame, table: Table, lookups: Lookups, resolved: Resolved) -> pl.LazyFrame:
    """Put what only the whole delivery can tell into a table's rows: customer ids, authors, shared identifiers.

    A reference that leads nowhere is kept and flagged.
    """
    if table.name == "customer_identities":
        rows = _mark_shared(rows.with_columns(_OWNER.alias("customer_record")), resolved.shared)
    if "customer_record" in table.lake_schema:
        rows = _with_customer(rows, lookups)
    if table.name == "messages":
        rows = _without_deleted_text(_with_authors(with_conversation(rows), lookups), lookups.deleted)
    for column, home in _HOMES.items():
        if column in table.lake_schema and table.name != home:
            rows = _flag_unknown(rows, column, lookups.known[column])
    names = [column.lake_name for column in table.columns if column.in_lake]
    return rows.select("customer_id" if name == "customer_record" else name for name in names)


def _with_customer(rows: pl.LazyFrame, lookups: Lookups) -> pl.LazyFrame:
    """A person whose record was not delivered gets the id it would be minted with; an agent who asked is no customer."""
    person = pl.col("customer_record")
    # An identifier of a record that is no person's (nothing but placeholders) belongs to nobody.
    meant = rows.filter(person != _RECORD).select("customer_record").unique().collect()
    lost = meant.filter(~lookups.customers.holds(person) & ~lookups.authors.holds(person)).to_series()
    minted = SortedKeys.of(lost, lookups.tokeniser.tokens(lost, "customer"))
    found = rows.with_columns(lookups.customers.value(person).alias("customer_id"), minted.value(person).alias("_minted"))
    flagged = found.with_columns(_flag(pl.col("_minted").is_not_null(), "customer_not_delivered"))
    asked = lookups.authors.holds(person) & pl.col("customer_id").is_null()
    return flagged.with_columns(_flag(asked, "customer_is_agent"), pl.coalesce("customer_id", "_minted").alias("customer_id"))


def _with_authors(rows: pl.LazyFrame, lookups: Lookups) -> pl.LazyFrame:
    author = pl.col("author_id")
    of_person = pl.when(lookups.customers.holds(author)).then(pl.lit("customer"))
    kind = pl.coalesce("author_kind", lookups.authors.value(author), of_person)
    return rows.with_columns(kind.alias("author_kind"), _flag(kind.is_null() & author.is_not_null(), "author_not_delivered"))


def _without_deleted_text(rows: pl.LazyFrame, deleted: SortedKeys) -> pl.LazyFrame:
    """What was said in a deleted interaction goes with it, also where its comments come as records of their own."""
    said = deleted.holds(pl.col("interaction_id")) & pl.col("text").is_not_null()
    return rows.with_columns(pl.when(~said).then("text").alias("text"), _flag(said, "text_dropped_with_interaction"))


def _flag_unknown(rows: pl.LazyFrame, column: str, known: SortedKeys) -> pl.LazyFrame:
    lost = pl.col(column).is_not_null() & ~known.holds(pl.col(column))
    return rows.with_columns(_flag(lost, f"{column}_not_delivered"))


def _mark_shared(rows: pl.LazyFrame, shared: pl.DataFrame) -> pl.LazyFrame:
    identifier = pl.struct("kind", "value")
    return rows.with_columns(SortedKeys.of(shared.select(identifier).to_series()).holds(identifier).alias("is_shared"))


def _flag(test: pl.Expr, name: str) -> pl.Expr:
    added = pl.col("dq_flags").list.concat(pl.lit([name], dtype=pl.List(pl.String))).list.sort()
    return pl.when(test).then(added).otherwise("dq_flags").alias("dq_flags")
