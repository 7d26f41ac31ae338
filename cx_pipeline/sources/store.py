"""Shops: visits of customers, in a format of our own that any till or appointment book can be made to write.

A row a visit; times are local to the settings' zone unless they carry one. `visit_id` and `entered_at` are needed, all else may
be left out: `store_id`, `left_at`, `staff_id`, `purpose`, `loyalty_id`, `email`, `phone`, `customer_name`, `order_id`,
`outcome`, `note`, `updated_at`.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    each,
    email_address,
    external_id,
    first_message,
    identifier,
    identity,
    key_of,
    paragraphs,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

_ID = shaped("shop", r"^[A-Za-z0-9#][A-Za-z0-9#._/-]{0,99}$")
# An order of another shop system is told with its export, as in `shopify.orders:5632456523001`.
_ORDER = shaped("order", r"^(?:[a-z0-9_]+\.[A-Za-z0-9_-]+:)?#?[A-Za-z0-9][A-Za-z0-9#._-]{0,99}$")
_PICK_UP = r"(?i)pick(?:ed)?[ _-]?up|pickup|collect|abhol|retrait"
_FAILED = r"(?i)\bnot\b|\bno[ _-]?show|fail|unable|missing|refus|cancel|delay|wait|later"
_REACHABLE = ("loyalty_id", "email", "phone")
_KNOWN = pl.any_horizontal(written(name) for name in _REACHABLE)
_PERSON = pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in _REACHABLE)).then("record")


def _is_pick_up(prefix: str) -> pl.Expr:
    told = pl.any_horizontal(pl.col(f"{prefix}{name}").fill_null("").str.contains(_PICK_UP) for name in ("purpose", "outcome"))
    return told & written(f"{prefix}order_id")


def _own(kind: str, column: str) -> Rows:
    rows = identity(kind, column, _PERSON, column, since=pl.col("entered_at"))
    return replace(rows, contains=(written(column) & _KNOWN).cast(pl.Int64), when=written(f"raw.{column}") & pl.col("is_known"))


def _test_visit(context: Context) -> pl.Expr:
    by_person = looks_like_test_person(pl.col("raw.customer_name"), address_told("email"), context.test_domains)
    return by_person | looks_like_test_subject(pl.col("purpose"))


VISITS = Export(
    source="store",
    name="visits",
    title=(
        "Visits to shops, a row a visit: visit_id, store_id, entered_at, left_at, staff_id, purpose, loyalty_id, email, phone, "
        "customer_name, order_id (of a pick-up), outcome, note, updated_at."
    ),
    formats=("CSV", "JSON", "NDJSON"),
    page_keys=("visits",),
    spellings={
        "store_id": ("store", "shop_id", "location_id", "branch_id"),
        "entered_at": ("checked_in_at", "arrived_at", "check_in", "started_at"),
        "left_at": ("checked_out_at", "check_out", "ended_at"),
        "staff_id": ("employee_id", "agent_id", "served_by"),
        "purpose": ("reason", "visit_reason"),
        "loyalty_id": ("loyalty_number", "loyalty_card", "member_id", "customer_id"),
        "email": ("customer_email", "e-mail"),
        "phone": ("customer_phone", "phone_number"),
        "customer_name": ("name",),
        "order_id": ("order_number", "pickup_order_id"),
        "outcome": ("result",),
        "note": ("notes", "comment"),
        "updated_at": ("modified_at",),
    },
    key="visit_id",
    clock=("changed_at",),
    fields=(
        identifier("visit_id", _ID, required=True),
        identifier("store_id", _ID),
        identifier("staff_id", _ID),
        identifier("order_id", _ORDER),
        timestamp("entered_at"),
        timestamp("left_at"),
        timestamp("updated_at"),
        word("purpose"),
        word("outcome"),
        external_id("loyalty_id"),
        email_address("email"),
        phone_number("phone"),
        person_name("customer_name"),
        paragraphs("note"),
    ),
    test=_test_visit,
    prepare={
        "changed_at": pl.coalesce("updated_at", pl.max_horizontal("entered_at", "left_at")),
        "is_known": pl.any_horizontal(written(f"raw.{name}") for name in _REACHABLE),
        "agent": key_of("workforce.roster", "staff_id"),
        "order": pl.when(pl.col("order_id").str.contains(":", literal=True))
        .then("order_id")
        .otherwise(key_of("shopify.orders", "order_id")),
        "is_inverted": (pl.col("left_at") < pl.col("entered_at")).fill_null(value=False),
        "has_failed": pl.col("outcome").str.contains(_FAILED).fill_null(value=False),
    },
    tables=(
        TableMap(
            "interactions",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "interaction_id": pl.col("record"),
                        "source_number": pl.col("visit_id"),
                        "kind": pl.lit("visit"),
                        "channel": pl.lit("in_store"),
                        "direction": pl.lit("inbound"),
                        "customer_record": _PERSON,
                        "agent_id": pl.col("agent"),
                        "team": pl.col("store_id"),
                        "category": pl.col("purpose"),
                        "status": pl.when(pl.col("left_at").is_not_null()).then(pl.lit("closed")).otherwise(pl.lit("open")),
                        "status_raw": pl.col("raw.outcome"),
                        "opened_at": pl.col("entered_at"),
                        "closed_at": pl.col("left_at"),
                        "resolution_ms": pl.when(~pl.col("is_inverted")).then(
                            (pl.col("left_at") - pl.col("entered_at")).dt.total_milliseconds()
                        ),
                        "order_id": pl.col("order"),
                    },
                ),
            ),
        ),
        TableMap(
            "messages",
            # What the staff noted down; the customer does not read it.
            rows=(first_message("note", "changed_at", author=pl.col("agent"), is_public=pl.lit(value=False), suffix="note"),),
        ),
        TableMap(
            "fulfilments",
            rows=(
                Rows(
                    contains=_is_pick_up("").cast(pl.Int64),
                    when=_is_pick_up("raw."),
                    columns={
                        "fulfilment_id": pl.concat_str("record", pl.lit("#pick_up")),
                        "order_id": pl.col("order"),
                        "method": pl.lit("pick_up"),
                        "method_raw": pl.col("raw.purpose"),
                        "location_id": pl.col("store_id"),
                        "collected_at": pl.when(~pl.col("has_failed")).then(pl.coalesce("left_at", "entered_at")),
                        "status": pl.col("outcome"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=_KNOWN.cast(pl.Int64),
                    when=_PERSON.is_not_null(),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("entered_at"),
                        "last_seen_at": pl.coalesce("left_at", "entered_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("external_id", "loyalty_id"),
                _own("email", "email"),
                _own("phone", "phone"),
                _own("name", "customer_name"),
            ),
        ),
    ),
)
