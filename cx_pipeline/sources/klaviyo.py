"""Klaviyo: profiles with their consent by channel, and events of messages and of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    choice,
    country,
    each,
    email_address,
    external_id,
    identifier,
    identity,
    key_of,
    language_code,
    names,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.consents import any_written, consent, who
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.items import elements_of
from cx_pipeline.sources.pages import path_of
from cx_pipeline.sources.pieces import pieces_of
from cx_pipeline.sources.spellings import made_or_own, spellings_of, spelt
from cx_pipeline.sources.unfolding import values_at

klaviyo_id = partial(identifier, shape=shaped("Klaviyo", "^[0-9A-Za-z_-]{1,64}$"))

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("Klaviyo ID", "klaviyo_id", "person_id", "profile_id"),
    "email": ("Email", "$email", "Email Address"),
    "phone": ("phone_number", "Phone Number", "$phone_number", "Phone"),
    "external": ("external_id", "External ID", "$external_id"),
    "full_name": ("Name", "Full Name"),
    "first_name": ("First Name", "$first_name"),
    "last_name": ("Last Name", "$last_name"),
    "country": ("Country", "$country", "location.country"),
    "language": ("locale", "Language", "Locale"),
    "created": ("Profile Created On", "Date Added", "created_at", "First Active"),
    "updated": ("updated_at", "Last Updated", "Profile Updated On"),
    "last_event": ("last_event_date", "Last Active"),
    "email_consent": ("Email Marketing Consent", "subscriptions.email", "Email Marketing Status"),
    "email_at": ("Email Marketing Consent Timestamp", "email_consent_timestamp", "subscriptions.email_at"),
    "sms_consent": ("SMS Marketing Consent", "subscriptions.sms", "SMS Marketing Status"),
    "sms_at": ("SMS Marketing Consent Timestamp", "sms_consent_timestamp", "subscriptions.sms_at"),
    "push_consent": ("subscriptions.push", "Mobile Push Consent"),
    "push_at": ("subscriptions.push_at",),
    "whatsapp_consent": ("subscriptions.whatsapp", "WhatsApp Marketing Consent"),
    "whatsapp_at": ("subscriptions.whatsapp_at",),
    "suppressions": ("subscriptions.suppressions",),
    "custom_consent": ("$consent", "Consent"),
    "custom_at": ("custom_consent_timestamp", "$consent_timestamp", "Consent Timestamp"),
    "accepts": ("custom_accepts_marketing", "Accepts Marketing"),
    "is_deleted": ("_fivetran_deleted",),
}
_SPELT = spelt(_NAMES)
_PLAIN = ("email", "phone_number", "external_id", "first_name", "last_name", "locale", "created", "updated", "last_event_date")
_CHANNELS = {"email": "email", "sms": "sms", "push": "mobile_push", "whatsapp": "whatsapp"}


def _places(column: str, root: str) -> dict[str, tuple[str, str]]:
    """Where the consent of each channel lies in the subscriptions of a profile."""
    made = {}
    for name, key in _CHANNELS.items():
        made[f"subscriptions.{name}"] = (column, f"{root}.{key}.marketing.consent")
        made[f"subscriptions.{name}_at"] = (column, f"{root}.{key}.marketing.consent_timestamp")
    made["subscriptions.suppressions"] = (column, f"{root}.email.marketing.suppression")
    return made


_UNFOLDED = {f"attributes.{name}": ("attributes", f"$.{name}") for name in _PLAIN} | {
    "location.country": ("attributes", "$.location.country"),
    "attributes.$consent": ("attributes", '$.properties."$consent"'),
    "attributes.$consent_timestamp": ("attributes", '$.properties."$consent_timestamp"'),
    "attributes.Accepts Marketing": ("attributes", '$.properties."Accepts Marketing"'),
    **_places("attributes", "$.subscriptions"),
}
_FLAT = {"location.country": ("location", "$.country"), **_places("subscriptions", "$")}


def _unfold(batch: pl.DataFrame) -> pl.DataFrame:
    """Profiles keep their values in `attributes`; some tools have taken that away."""
    return values_at(_UNFOLDED if "attributes" in batch.columns else _FLAT)(batch)


_STATES = {
    "SUBSCRIBED": "granted",
    "TRUE": "granted",
    "YES": "granted",
    "UNSUBSCRIBED": "withdrawn",
    "NEVER_SUBSCRIBED": "not_given",
    "NOT_SUBSCRIBED": "not_given",
    "FALSE": "not_given",
    "NO": "not_given",
    "PENDING": "pending",
    "PENDING_CONFIRMATION": "pending",
    "SUPPRESSED": "denied",
}
_SUPPRESSED = {
    "UNSUBSCRIBE": "withdrawn",
    "UNSUBSCRIBED": "withdrawn",
    "SPAM_COMPLAINT": "withdrawn",
    "USER_SUPPRESSED": "denied",
    "MANUAL": "denied",
    # Of an address that nothing reaches nobody knows what its owner wants.
    "HARD_BOUNCE": "unknown",
    "INVALID_EMAIL": "unknown",
}
# Some exports write since when instead of a word.
_DATED = r"^\d{4}-\d{2}-\d{2}"


def _test_profile(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


def _whole(raw: str) -> pl.Expr:
    parts = pl.concat_str(f"{raw}first_name", f"{raw}last_name", separator=" ", ignore_nulls=True)
    return pl.coalesce(f"{raw}full_name", pl.when(parts != "").then(parts))


def _own(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.col("record"), column, since=pl.col("created"))


_PERSON = pl.col("record")
_BY_EMAIL, _BY_PHONE = who(email="email", phone="phone", external_id="id"), who(phone="phone", email="email", external_id="id")


def _channel(name: str, by: pl.Expr, at: str) -> Rows:
    column = f"{name}_consent"
    state = pl.coalesce(column, pl.when(pl.col(f"raw.{column}").str.contains(_DATED)).then(pl.lit("granted")), pl.lit("unknown"))
    return consent(
        name,
        state=state,
        contains=each(column),
        when=written(f"raw.{column}"),
        at=pl.coalesce(at, pl.col(f"raw.{column}").str.to_datetime(strict=False, time_unit="us", format="%Y-%m-%d %H:%M:%S")),
        identity=by,
        person=_PERSON,
        channel=name,
        state_raw=pl.col(f"raw.{column}"),
    )


_SUPPRESSIONS = elements_of(
    "suppressions",
    "suppressions",
    fields=(
        choice("item", "klaviyo_suppression", _SUPPRESSED, alias="reason", at="$.reason"),
        timestamp("item", alias="at", at="$.timestamp"),
    ),
)
_CUSTOM = pieces_of(
    "consents", "custom_consent", "(?i)e-?mail|sms|mobile|web|direct_?mail", fields=(as_written("item", alias="channel"),)
)
_NAMED = ("full_name", "first_name", "last_name")
_JSON_API = names("type attributes relationships links included _fivetran_synced")

PROFILES = Export(
    source="klaviyo",
    name="profiles",
    title="Profiles, with their consent by channel.",
    formats=("JSON:API pages", "CSV"),
    page_keys=("data",),
    known=spellings_of(_NAMES)
    | _JSON_API
    | names(
        """
        subscriptions location properties predictive_analytics anonymous_id organization title image object address1
        address2 city region zip latitude longitude timezone Organization Title City Source custom_consent_method
        custom_consent_form_id custom_consent_form_version
        """
    )
    | {"State / Region", "Zip Code", "IP Address", "Address", "Address 2", "Last Open", "Last Click", "Initial Source"},
    ignore=frozenset({"links", "_fivetran_synced", "predictive_analytics"}),
    key="id",
    clock=("updated", "last_event"),
    unfold=_unfold,
    derive=_SPELT,
    fields=(
        klaviyo_id("id"),
        email_address("email"),
        phone_number("phone", country="country"),
        external_id("external"),
        person_name("full_name"),
        person_name("first_name"),
        person_name("last_name"),
        country("country"),
        language_code("language"),
        timestamp("created"),
        timestamp("updated"),
        timestamp("last_event"),
        choice("email_consent", "klaviyo_consent", _STATES),
        timestamp("email_at"),
        choice("sms_consent", "klaviyo_consent", _STATES),
        timestamp("sms_at"),
        choice("push_consent", "klaviyo_consent", _STATES),
        timestamp("push_at"),
        choice("whatsapp_consent", "klaviyo_consent", _STATES),
        timestamp("whatsapp_at"),
        as_written("suppressions"),
        as_written("custom_consent"),
        timestamp("custom_at"),
        boolean("accepts"),
        boolean("is_deleted", blank=False),
    ),
    deleted=pl.col("is_deleted"),
    test=_test_profile,
    prepare={"name": _whole(""), "raw.name": _whole("raw.")},
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "customer_record": _PERSON,
                        "country": pl.col("country"),
                        "language": pl.col("language"),
                        "first_seen_at": pl.col("created"),
                        "last_seen_at": pl.coalesce("last_event", "created"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                _own("phone", "phone"),
                _own("external_id", "external"),
                Rows(
                    columns=identity("name", "name", _PERSON, "full_name", since=pl.col("created")).columns,
                    contains=any_written(*_NAMED).cast(pl.Int64),
                    when=any_written(*(f"raw.{column}" for column in _NAMED)),
                ),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                _channel("email", _BY_EMAIL, "email_at"),
                _channel("sms", _BY_PHONE, "sms_at"),
                _channel("push", _BY_EMAIL, "push_at"),
                _channel("whatsapp", _BY_PHONE, "whatsapp_at"),
                consent(
                    pl.concat_str(pl.lit("suppression"), pl.col("item.number").cast(pl.String), separator="-"),
                    state=pl.coalesce("item.reason", pl.lit("unknown")),
                    items=_SUPPRESSIONS,
                    contains=each(),
                    at=pl.col("item.at"),
                    identity=_BY_EMAIL,
                    person=_PERSON,
                    state_raw=pl.col("raw.item.reason"),
                ),
                # What shops and forms write beside the vendor's own consent: further homes of the same fact.
                consent(
                    pl.concat_str(pl.lit("custom"), pl.col("item.channel").str.to_lowercase(), separator="-"),
                    state="granted",
                    items=_CUSTOM,
                    contains=each(),
                    at=pl.col("custom_at"),
                    identity=_BY_EMAIL,
                    person=_PERSON,
                    channel=pl.col("item.channel").str.to_lowercase().str.replace_all("[-_]", ""),
                    state_raw=pl.col("item.channel"),
                ),
                consent(
                    "accepts-marketing",
                    state=pl.when("accepts")
                    .then(pl.lit("granted"))
                    .when(~pl.col("accepts"))
                    .then(pl.lit("not_given"))
                    .otherwise(pl.lit("unknown")),
                    contains=each("accepts"),
                    when=written("raw.accepts"),
                    at=pl.col("custom_at"),
                    identity=_BY_EMAIL,
                    person=_PERSON,
                    state_raw=pl.col("raw.accepts"),
                ),
            ),
        ),
    ),
)

# ---------------------------------------------------------------------------------------------------------------------
# Events

_EVENT_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("event_id", "Event ID"),
    "metric": ("metric_name", "event_name", "Metric", "Event", "type"),
    "metric_id": ("relationships.metric", "attributes.metric_id", "statistic_id"),
    "profile": ("profile_id", "person_id", "relationships.profile", "attributes.profile_id", "person.id", "Klaviyo ID"),
    "email": ("person.email", "Email", "profile_email"),
    "datetime": ("event_datetime", "occurred_at", "Event Timestamp"),
    "timestamp": (),
    "campaign": ("campaign_id", "event.message"),
    "campaign_name": ("property_campaign_name", "Campaign Name", "event.campaign"),
    "url": ("property_url", "event.url", "event.page", "URL"),
    "machine": ("event.machine", "event.apple", "property_machine_open"),
    "bot": ("event.bot", "property_bot_click"),
}
_SPELT_EVENT = spelt(_EVENT_NAMES)
_TOLD = {
    "event.campaign": '"Campaign Name"',
    "event.message": '"$message"',
    "event.url": "URL",
    "event.page": "url",
    "event.machine": "machine_open",
    "event.apple": '"Apple Privacy Open"',
    "event.bot": '"Bot Click"',
}
_EVENT_UNFOLDED = {
    **{f"attributes.{name}": ("attributes", f"$.{name}") for name in ("timestamp", "datetime", "metric_id", "profile_id")},
    "relationships.profile": ("relationships", "$.profile.data.id"),
    "relationships.metric": ("relationships", "$.metric.data.id"),
    "person.id": ("person", "$.id"),
    "person.email": ("person", "$.email"),
}


def _unfold_event(batch: pl.DataFrame) -> pl.DataFrame:
    inside = "attributes" in batch.columns
    column, root = ("attributes", "$.event_properties") if inside else ("event_properties", "$")
    return values_at({**_EVENT_UNFOLDED, **{name: (column, f"{root}.{key}") for name, key in _TOLD.items()}})(batch)


def _derive_event(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT_EVENT(columns, context))
    metric = made_or_own(made, columns, "metric")
    # Every record of a JSON:API page is of the type `event`, which is no metric.
    told = pl.when(metric.str.to_lowercase() != "event").then(metric)
    return {**made, "metric": pl.coalesce(told, key_of("klaviyo.metrics", made_or_own(made, columns, "metric_id")))}


_KINDS = {
    "received email": "send",
    "received sms": "send",
    "received push": "send",
    "received whatsapp": "send",
    "opened email": "open",
    "opened push": "open",
    "clicked email": "click",
    "clicked sms": "click",
    "clicked email to unsubscribe": "click",
    "bounced email": "bounce",
    "bounced push": "bounce",
    "failed to deliver sms": "bounce",
    "dropped email": "drop",
    "marked email as spam": "spam_report",
    "unsubscribed": "unsubscribe",
    "unsubscribed from list": "unsubscribe",
    "unsubscribed from email marketing": "unsubscribe",
    "unsubscribed from sms marketing": "unsubscribe",
    "unsubscribed from sms": "unsubscribe",
    "subscribed to list": "subscribe",
    "subscribed to email marketing": "subscribe",
    "subscribed to sms marketing": "subscribe",
    "consented to receive sms": "subscribe",
    "subscribed to back in stock": "other",
}
_DECIDED = {"unsubscribe": "withdrawn", "spam_report": "withdrawn", "subscribe": "granted"}


def _kind(raw: str) -> pl.Expr:
    """What happened to a message, by the metric as it was written; null for what happened in the shop."""
    name = pl.col(f"{raw}metric").str.strip_chars().str.to_lowercase()
    return name.replace_strict(_KINDS, default=None, return_dtype=pl.String)


def _decision(raw: str) -> pl.Expr:
    return _kind(raw).replace_strict(_DECIDED, default=None, return_dtype=pl.String)


def _known(raw: str) -> pl.Expr:
    return any_written(f"{raw}profile", f"{raw}email")


def _alone(raw: str) -> pl.Expr:
    """An event that names the person by nothing but the address."""
    return written(f"{raw}email") & ~written(f"{raw}profile")


def _test_event(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains)


_IN_EVENT = pl.coalesce(key_of("klaviyo.profiles", "profile"), pl.when(pl.col("email").is_not_null()).then("record"))
_BY_EVENT = identity("email", "email", _IN_EVENT, "email", since=pl.col("occurred"))
_MACHINE = (
    pl.when((pl.col("machine") | pl.col("bot")).fill_null(value=False))
    .then(pl.concat_list("dq_flags", pl.lit("taken_for_bot")).list.sort())
    .otherwise("dq_flags")
)

EVENTS = Export(
    source="klaviyo",
    name="events",
    title="Events: of messages (received, opened, clicked) and of the shop (viewed, ordered).",
    formats=("JSON:API pages", "CSV"),
    page_keys=("data",),
    known=spellings_of(_EVENT_NAMES)
    | _JSON_API
    | names("uuid flow_id flow_message_id variation_id event_properties person object next property_value campaign_id"),
    ignore=frozenset({"links", "_fivetran_synced"}),
    key="id",
    clock=("occurred",),
    unfold=_unfold_event,
    derive=_derive_event,
    fields=(
        klaviyo_id("id"),
        word("metric"),
        klaviyo_id("profile"),
        email_address("email"),
        timestamp("datetime"),
        timestamp("timestamp", "epoch_s"),
        klaviyo_id("campaign"),
        word("campaign_name"),
        as_written("url"),
        boolean("machine"),
        boolean("bot"),
    ),
    test=_test_event,
    prepare={"occurred": pl.coalesce("datetime", "timestamp"), "kind": _kind("raw."), "decision": _decision("raw.")},
    tables=(
        TableMap(
            "marketing_events",
            primary=True,
            rows=(
                Rows(
                    contains=_kind("").is_not_null().cast(pl.Int64),
                    when=pl.col("kind").is_not_null(),
                    columns={
                        "event_id": pl.col("record"),
                        "customer_record": _IN_EVENT,
                        "campaign": pl.coalesce("campaign_name", key_of("klaviyo.campaigns", "campaign")),
                        "kind": pl.col("kind"),
                        "kind_raw": pl.col("raw.metric"),
                        "occurred_at": pl.col("occurred"),
                        "dq_flags": _MACHINE,
                    },
                ),
            ),
        ),
        TableMap(
            "web_events",
            rows=(
                Rows(
                    contains=_kind("").is_null().cast(pl.Int64),
                    when=pl.col("kind").is_null(),
                    columns={
                        "event_key": pl.col("record"),
                        "customer_record": _IN_EVENT,
                        "event_name": pl.col("metric"),
                        "occurred_at": pl.col("occurred"),
                        "page_path": path_of(pl.col("url")),
                    },
                ),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                consent(
                    "marketing",
                    state=pl.col("decision"),
                    contains=(_decision("").is_not_null() & _known("")).cast(pl.Int64),
                    when=pl.col("decision").is_not_null() & _known("raw."),
                    at=pl.col("occurred"),
                    identity=who(email="email", external_id=pl.coalesce("profile", "id")),
                    person=_IN_EVENT,
                    channel=pl.when(pl.col("raw.metric").str.contains("(?i)sms")).then(pl.lit("sms")).otherwise(pl.lit("email")),
                    state_raw=pl.col("raw.metric"),
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=_alone("").cast(pl.Int64),
                    when=_alone("raw.") & pl.col("email").is_not_null(),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("occurred"),
                        "last_seen_at": pl.col("occurred"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap("customer_identities", rows=(_BY_EVENT,)),
    ),
)
