"""Customers of Shopify, as the API and as the CSV of the admin write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    choice,
    country,
    each,
    email_address,
    identifier,
    identity,
    language_code,
    names,
    person_name,
    phone_number,
    timestamp,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.shopify.ids import bare

_KEY = "cx key"
_SHAPE = shaped("Shopify customer", r"^[0-9]{1,20}$|^[^@\s]{1,100}@[^@\s]{1,150}$|^\+?[0-9][0-9 ().-]{5,20}$")
# A box that was left alone is no refusal; who took a consent back once gave it.
_CONSENT = {
    "subscribed": "granted",
    "yes": "granted",
    "true": "granted",
    "1": "granted",
    "unsubscribed": "withdrawn",
    "not_subscribed": "not_given",
    "no": "not_given",
    "false": "not_given",
    "0": "not_given",
    "pending": "pending",
    "invalid": "unknown",
    "redacted": "unknown",
}


def _state(column: str) -> pl.Expr:
    """The state of a consent: in an object of its own, or as a word."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text.str.starts_with("{")).then(text.str.json_path_match("$.state")).otherwise(text.replace("", None))


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """Exports without ids tell customers apart by e-mail address, else by phone."""
    by = [name for name in ("email", "phone") if name in columns]
    texts = [pl.col(name).str.strip_chars().str.to_lowercase().replace("", None) for name in by]
    states = {
        made: [_state(name) for name in given if name in columns]
        for made, given in (
            ("email_state", ("email_marketing_consent", "accepts_email_marketing", "accepts_marketing")),
            ("sms_state", ("sms_marketing_consent", "accepts_sms_marketing")),
        )
    }
    told = {made: pl.coalesce(given) for made, given in states.items() if given}
    if "id" in columns:
        return {_KEY: bare("id"), **told}
    return {**({_KEY: pl.coalesce(texts)} if texts else {}), **told}


def _test_customer(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


def _own(kind: str, column: str, contains: pl.Expr) -> Rows:
    return replace(identity(kind, column, pl.col("record"), column, since=pl.col("created_at")), contains=contains)


def _consent(channel: str, state: str, kind: str) -> Rows:
    return Rows(
        contains=each(state),
        when=written(f"raw.{state}"),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{channel}")),
            "identity": pl.struct(
                kind=pl.when(pl.col(kind).is_not_null()).then(pl.lit(kind)).otherwise(pl.lit("external_id")),
                token=pl.coalesce(kind, _KEY),
            ),
            "customer_record": pl.col("record"),
            "channel": pl.lit(channel),
            "purpose": pl.lit("marketing"),
            "state": pl.coalesce(state, pl.lit("unknown")),
            "state_raw": pl.col(f"raw.{state}"),
            # Without a time of its own it is as it was when the customer last changed.
            "occurred_at": pl.coalesce(f"{channel}_changed_at", "updated_at", "created_at"),
        },
    )


_NAMED = pl.any_horizontal(written("first_name"), written("last_name")).cast(pl.Int64)
_PHONES = pl.any_horizontal(written("phone"), written("default_address_phone"), written("default_address", "$.phone")).cast(
    pl.Int64
)

CUSTOMERS = Export(
    source="shopify",
    name="customers",
    title="Customers, with their consent to be written to.",
    formats=("CSV", "JSON (API pages, array)", "NDJSON"),
    page_keys=("customers", "customer"),
    known=names(
        """
        accepts_marketing accepts_email_marketing accepts_sms_marketing addresses admin_graphql_api_id currency
        email_marketing_consent last_order_id last_order_name marketing_opt_in_level metafield multipass_identifier note
        orders_count password sms_marketing_consent state tags tax_exempt tax_exemptions total_spent verified_email
        Note Tags Company Address1 Address2 City Province Zip Country
        """
    )
    | {"Total Spent", "Total Orders", "Tax Exempt", "Province Code", "Accepts Marketing"}
    | {f"Default Address {part}" for part in ("Company", "Address1", "Address2", "City", "Province Code", "Zip")},
    spellings={
        "id": ("Customer ID",),
        "country": ("Default Address Country Code", "Country Code"),
        "accepts_email_marketing": (),
        "accepts_sms_marketing": (),
        "accepts_marketing": (),
    },
    derive=_derive,
    key=_KEY,
    personal_key=True,
    clock=("updated_at",),
    fields=(
        identifier(_KEY, _SHAPE),
        identifier("id", shaped("Shopify", r"^(?:gid://shopify/Customer/)?[0-9]{1,20}$")),
        email_address("email"),
        phone_number("phone", country="country", alias="own_phone"),
        phone_number("default_address_phone", country="country", alias="csv_phone"),
        phone_number("default_address", country="country", alias="address_phone", at="$.phone"),
        person_name("first_name"),
        person_name("last_name"),
        country("country", alias="csv_country"),
        country("default_address", alias="address_country", at="$.country_code"),
        language_code("locale"),
        timestamp("created_at"),
        timestamp("updated_at"),
        timestamp("accepts_marketing_updated_at"),
        timestamp("email_marketing_consent", alias="email_consent_at", at="$.consent_updated_at"),
        timestamp("sms_marketing_consent", alias="sms_changed_at", at="$.consent_updated_at"),
        choice("email_state", "shopify_consent", _CONSENT),
        choice("sms_state", "shopify_consent", _CONSENT),
    ),
    test=_test_customer,
    prepare={
        "name": pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).replace("", None),
        "raw.name": pl.concat_str("raw.first_name", "raw.last_name", separator=" ", ignore_nulls=True).replace("", None),
        "phone": pl.coalesce("own_phone", "csv_phone", "address_phone"),
        "raw.phone": pl.coalesce(
            *(pl.when(written(f"raw.{name}")).then(f"raw.{name}") for name in ("own_phone", "csv_phone", "address_phone"))
        ),
        "email_changed_at": pl.coalesce("email_consent_at", "accepts_marketing_updated_at"),
    },
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "customer_record": pl.col("record"),
                        "country": pl.coalesce("csv_country", "address_country"),
                        "language": pl.col("locale"),
                        "first_seen_at": pl.col("created_at"),
                        "last_seen_at": pl.col("updated_at"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("external_id", "id", each("id")),
                _own("name", "name", _NAMED),
                _own("email", "email", each("email")),
                _own("phone", "phone", _PHONES),
            ),
        ),
        TableMap("consent_events", rows=(_consent("email", "email_state", "email"), _consent("sms", "sms_state", "phone"))),
    ),
)
