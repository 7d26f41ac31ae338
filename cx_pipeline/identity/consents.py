"""What a person's consent is at a moment, from the log of all that they decided under any of their identifiers.

Of what one tool knows to be decided under one identifier the latest counts, and of two decisions of one moment the stricter. Over
the tools, identifiers and records of one person the strictest state survives: that two tools turn out to know the same person
never turns a no into a yes. A refusal follows its identifier to everybody who carries it; a grant stays with the person who gave
it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from cx_pipeline.contracts.tables.consents import TABLE
from cx_pipeline.scrub.email import is_role_mailbox

STATES = ("granted", "unknown", "not_given", "pending", "denied", "withdrawn")
"""From the laxest to the strictest."""
REFUSALS = ("denied", "withdrawn")
ANY = "any"
DECISIONS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "kind": pl.String(),
    "token": pl.String(),
    "source_system": pl.String(),
    "channel": pl.String(),
    "purpose": pl.String(),
    "state": pl.String(),
    "decided_at": pl.Datetime("us"),
    "since": pl.Datetime("us"),
    "decided_by": pl.String(),
}
"""One row a decision under one identifier, by the person it binds."""

_REFUSED = pl.col("state").is_in(REFUSALS)
_STRICTNESS = pl.col("state").replace_strict(STATES, range(len(STATES)), return_dtype=pl.Int8)
_ABOUT = ("customer_id", "channel", "purpose")
_IDENTIFIER = ("kind", "token")
_TOLD = (*_IDENTIFIER, "source_system")


def consent_at(events: pl.LazyFrame, carriers: pl.LazyFrame, now: datetime) -> pl.LazyFrame:
    """The rows of `consents` as they stood at a moment, in lake form and in any order.

    Args:
        events: `consent_events` as the clean stage leaves it, with `customer_id`.
        carriers: as from `carriers_of`.
        now: UTC; what was decided later does not count, and grants that ended by then are no grants.
    """
    known = decisions(events, now)
    return settled(pl.concat([known.filter(pl.col("customer_id").is_not_null()), bound(known, carriers)]))


def with_refusals_ahead(events: pl.LazyFrame, now: datetime) -> pl.LazyFrame:
    """Events of which refusals that are dated later, by a clock that runs ahead, hold at once."""
    ahead = pl.col("state").is_in(REFUSALS) & (pl.col("occurred_at") > now)
    return events.with_columns(pl.when(ahead).then(pl.lit(now)).otherwise("occurred_at").alias("occurred_at"))


def carriers_of(identities: pl.LazyFrame, mailboxes: Collection[str] = ()) -> pl.LazyFrame:
    """Who carries an identifier: `kind, token, customer_id, is_own`; own where one person alone does, and it is no function's.

    Args:
        identities: `customer_identities` as the clean stage leaves it: with `customer_id` and `is_shared`.
        mailboxes: role mailboxes beyond the usual ones.
    """
    set_aside = pl.any_horizontal(pl.col("is_placeholder", "is_null_hash", "is_test"))
    role = (pl.col("kind") == "email") & is_role_mailbox(pl.col("value"), frozenset(mailboxes))
    pairs = (
        identities.filter(pl.col("value").is_not_null(), pl.col("customer_id").is_not_null(), ~set_aside)
        .group_by("kind", pl.col("value").alias("token"), "customer_id")
        .agg((pl.col("is_shared") | role).fill_null(value=False).any().alias("_many"))
    )
    persons = pairs.group_by(_IDENTIFIER).agg((~pl.col("_many").any() & (pl.len() == 1)).alias("is_own"))
    return pairs.select(*_IDENTIFIER, "customer_id").join(persons, on=_IDENTIFIER)


def decisions(events: pl.LazyFrame, now: datetime) -> pl.LazyFrame:
    """What counts of the log at a moment: rows of `DECISIONS`, not all of them with a person.

    An event that does not say when is dated by the last change of its record, which said so still. Test records decide
    nothing; a deleted record's grant is gone with it, its refusal stays. A grant that has ended is `not_given`.
    """
    decided_at = pl.coalesce("occurred_at", "source_updated_at")
    ended = (pl.col("state") == "granted") & (pl.col("expires_at") <= now).fill_null(value=False)
    return (
        events.filter(
            ~pl.col("is_test"),
            ~(pl.col("is_deleted") & (pl.col("state") == "granted")),
            (decided_at <= now).fill_null(value=True),
        )
        .with_columns(pl.col("identity").struct.unnest(), decided_at.alias("decided_at"))
        .with_columns(
            pl.col("channel").fill_null(ANY),
            pl.when(ended).then(pl.lit("not_given")).otherwise("state").alias("state"),
            pl.when(ended).then("expires_at").otherwise("occurred_at").alias("since"),
            pl.col("event_id").alias("decided_by"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in DECISIONS.items())
    )


def bound(known: pl.LazyFrame, carriers: pl.LazyFrame) -> pl.LazyFrame:
    """Decisions that bind a person through an identifier alone: rows of `DECISIONS`.

    A refusal that still stands under an identifier binds all who carry it. What else is known of no person binds the one who
    carries the identifier, if it is theirs alone.
    """
    refused = _latest(known.drop("customer_id"), _TOLD + _ABOUT[1:]).filter(_REFUSED)
    nobodys = known.filter(pl.col("customer_id").is_null()).drop("customer_id")
    owners = carriers.filter("is_own").drop("is_own")
    return pl.concat([refused.join(carriers.drop("is_own"), on=_IDENTIFIER), nobodys.join(owners, on=_IDENTIFIER)]).select(
        *DECISIONS
    )


def settled(known: pl.LazyFrame) -> pl.LazyFrame:
    """What holds for every person, channel and purpose: rows of `consents`.

    What a person refuses for any channel holds for each channel of that purpose.
    """
    own = _strictest(_latest(known, (*_ABOUT, *_TOLD)))
    everywhere = own.filter(_REFUSED, pl.col("channel") == ANY).drop("channel")
    rest = own.select(_ABOUT).filter(pl.col("channel") != ANY)
    spread = rest.join(everywhere, on=["customer_id", "purpose"]).select(own.collect_schema().names())
    return _strictest(pl.concat([own, spread])).select(pl.col(name).cast(dtype) for name, dtype in TABLE.lake_schema.items())


def _latest(known: pl.LazyFrame, key: tuple[str, ...]) -> pl.LazyFrame:
    """Of the decisions of a key the latest, the strictest of those. One without any date cannot be outdated: it stands too."""
    undated = pl.col("decided_at").is_null()
    return (
        known.with_columns(undated.alias("_undated"), _STRICTNESS.alias("_strictness"))
        .sort(["decided_at", "_strictness", "since", "decided_by"], descending=[True, True, False, False], nulls_last=True)
        .unique([*key, "_undated"], keep="first", maintain_order=True)
        .drop("_undated", "_strictness")
    )


def _strictest(known: pl.LazyFrame) -> pl.LazyFrame:
    """Of a person's decisions the strictest; of equal ones the first, as it has held since then."""
    return (
        known.with_columns(_STRICTNESS.alias("_strictness"))
        .sort(["_strictness", "since", "decided_by"], descending=[True, False, False], nulls_last=True)
        .unique(_ABOUT, keep="first", maintain_order=True)
        .drop("_strictness")
    )
