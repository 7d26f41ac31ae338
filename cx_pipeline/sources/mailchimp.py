"""Mailchimp: the members of an audience with what became of their subscription, and what they did with a campaign."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.extract.options import ENTRY
from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, has_test_tag, looks_like_test_person
from cx_pipeline.sources.columns import (
    as_written,
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
from cx_pipeline.sources.spellings import made_or_own, spellings_of, spelt
from cx_pipeline.sources.unfolding import values_at

_NAMES: Mapping[str, tuple[str, ...]] = {
    "LEID": ("leid",),
    "EUID": ("unique_email_id", "euid"),
    "contact_id": (),
    "list_id": ("audience_id",),
    "email": ("Email Address", "email_address", "E-Mail-Adresse", "Email", "Adresse e-mail", "Correo electrónico"),
    "full_name": ("Name", "Full Name", "member_name"),
    "first_name": ("First Name", "FNAME", "merge_fname", "merge_fields.FNAME", "Vorname", "Prénom", "Nombre"),
    "last_name": ("Last Name", "LNAME", "merge_lname", "merge_fields.LNAME", "Nachname", "Nom", "Apellido"),
    "phone": ("Phone Number", "PHONE", "merge_phone", "merge_fields.PHONE", "Telefonnummer", "Phone"),
    "sms_phone": ("SMS Phone Number", "sms_phone_number", "SMSPHONE", "SMS Phone", "merge_fields.SMSPHONE"),
    "country": ("CC", "country_code", "location.country_code", "Country"),
    "language": ("Language",),
    "status": ("Status", "Email Marketing Status", "email_channel_status"),
    "sms_status": ("sms_subscription_status", "SMS Marketing Status", "SMS Subscription Status"),
    "sms_changed": ("sms_subscription_last_updated",),
    "signed_up": ("OPTIN_TIME", "timestamp_signup"),
    "confirmed": ("CONFIRM_TIME", "timestamp_opt"),
    "unsubscribed": ("UNSUB_TIME", "unsubscribed_at"),
    "cleaned": ("CLEAN_TIME",),
    "last_changed": ("LAST_CHANGED",),
    "unsub_campaign": ("UNSUB_CAMPAIGN_ID",),
    "unsub_title": ("UNSUB_CAMPAIGN_TITLE",),
    "clean_campaign": ("CLEAN_CAMPAIGN_ID",),
    "clean_title": ("CLEAN_CAMPAIGN_TITLE",),
    "tags": ("TAGS",),
}
_SPELT = spelt(_NAMES)
_KEY = "key of the member"
_UNFOLDED = {
    **{f"merge_fields.{name}": ("merge_fields", f"$.{name}") for name in ("FNAME", "LNAME", "PHONE", "SMSPHONE")},
    "location.country_code": ("location", "$.country_code"),
}
_STATES = {
    "subscribed": "granted",
    "unsubscribed": "withdrawn",
    # An address that mail bounces from says nothing of what its owner wants.
    "cleaned": "unknown",
    "archived": "unknown",
    "nonsubscribed": "not_given",
    "transactional": "not_given",
    "pending": "pending",
}
_STATE_IN_NAME = re.compile(r"non[-_ ]?subscribed|unsubscribed|subscribed|cleaned|pending|archived|transactional")


def _state_in(name: str) -> str | None:
    """What the name of a file, or of a document of the zip, says: `unsubscribed_members_export_3f1.csv`."""
    found = _STATE_IN_NAME.search(name.rsplit("/", 1)[-1].lower())
    return re.sub("[-_ ]", "", found[0]) if found else None


def _filled(cell: pl.Expr) -> pl.Expr:
    return cell.fill_null("").str.strip_chars() != ""


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT(columns, context))
    of = partial(made_or_own, made, columns)
    address = of("email").str.strip_chars().str.to_lowercase()
    # The vendor's `id` is a hash of the address, so it is marked as personal.
    hashed = pl.concat_str(pl.lit("@"), of("id"))
    in_list = pl.concat_str((of("list_id"), pl.coalesce(of("contact_id"), of("EUID"), hashed)), separator="-", ignore_nulls=True)
    known = _filled(of("contact_id")) | _filled(of("EUID")) | _filled(of("id"))
    made[_KEY] = pl.coalesce(of("LEID"), pl.when(known).then(in_list), address)
    told = pl.lit(_state_in(context.file_label), dtype=pl.String)
    by_time = (
        pl.when(_filled(of("cleaned")))
        .then(pl.lit("cleaned"))
        .when(_filled(of("unsubscribed")))
        .then(pl.lit("unsubscribed"))
        .when(_filled(of("signed_up")) | _filled(of("confirmed")))
        .then(pl.lit("subscribed"))
    )
    made["status"] = pl.coalesce(of("status"), of(ENTRY), told, by_time).str.to_lowercase().str.replace_all(r"[-_\s]", "")
    return made


def _test_member(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains) | has_test_tag(pl.col("tags"))


def _whole(kind: str) -> pl.Expr:
    parts = pl.concat_str(f"{kind}first_name", f"{kind}last_name", separator=" ", ignore_nulls=True)
    return pl.coalesce(f"{kind}full_name", pl.when(parts != "").then(parts))


def _granted(raw: str) -> pl.Expr:
    """A member who is subscribed, or was: those who left say when they had come."""
    status = pl.col(f"{raw}status")
    was = status.is_in(["unsubscribed", "cleaned", "archived"]) & any_written(f"{raw}signed_up", f"{raw}confirmed")
    return ((status == "subscribed") | was).fill_null(value=False)


def _left(raw: str) -> pl.Expr:
    return (pl.col(f"{raw}status") != "subscribed").fill_null(value=False)


def _own(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.col("record"), column, since=pl.col("since"))


_NAMED = ("full_name", "first_name", "last_name")
# A subscription is to an audience; where that is not told, it is to marketing.
_AUDIENCE = pl.coalesce(key_of("mailchimp.lists", "list_id"), pl.lit("marketing"))
_email_consent = partial(
    consent, "email", identity=who(email="email", external_id=_KEY), person=pl.col("record"), purpose=_AUDIENCE
)


def _through(kind: str, what: str, at: str, campaign: str, title: str) -> Rows:
    """What a campaign brought about, as the member tells it."""
    return Rows(
        contains=any_written(campaign, title).cast(pl.Int64),
        when=any_written(f"raw.{campaign}", f"raw.{title}"),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{what}")),
            "customer_record": pl.col("record"),
            "campaign": pl.coalesce(key_of("mailchimp.campaigns", campaign), title),
            "kind": pl.lit(kind),
            "kind_raw": pl.lit(what),
            "occurred_at": pl.col(at),
        },
    )


_id = shaped("Mailchimp", r"^[0-9A-Za-z]{1,64}$")

AUDIENCE = Export(
    source="mailchimp",
    name="audience",
    title="Members of an audience: subscribed, unsubscribed, cleaned and never subscribed.",
    formats=("zip of CSV files, one a state", "CSV", "JSON API pages"),
    page_keys=("members",),
    entry=_state_in,
    is_named_by_file=True,
    known=spellings_of(_NAMES)
    | names(
        """
        id web_id email_type merge_fields interests stats ip_signup ip_opt member_rating vip email_client location
        latitude longitude gmtoff dstoff timezone MEMBER_RATING OPTIN_IP CONFIRM_IP LATITUDE LONGITUDE GMTOFF DSTOFF TIMEZONE
        REGION NOTES UNSUB_REASON UNSUB_REASON_OTHER Address Birthday tags_count source last_note marketing_permissions
        unsubscribe_reason consents_to_one_to_one_messaging _links
        """
    )
    | {"Phone Number", ENTRY},
    ignore=frozenset({"_links", "stats"}),
    key=_KEY,
    personal_key=True,
    clock=("last_changed", "decided"),
    unfold=values_at(_UNFOLDED),
    derive=_derive,
    fields=(
        identifier(_KEY, shaped("Mailchimp member", r"^[^\s|]{1,254}$")),
        identifier("list_id", _id),
        external_id("EUID"),
        email_address("email"),
        person_name("full_name"),
        person_name("first_name"),
        person_name("last_name"),
        phone_number("phone", country="country"),
        phone_number("sms_phone", country="country"),
        country("country"),
        language_code("language"),
        choice("status", "mailchimp_status", _STATES),
        choice("sms_status", "mailchimp_sms_status", _STATES),
        timestamp("sms_changed"),
        timestamp("signed_up"),
        timestamp("confirmed"),
        timestamp("unsubscribed"),
        timestamp("cleaned"),
        timestamp("last_changed"),
        identifier("unsub_campaign", _id),
        word("unsub_title"),
        identifier("clean_campaign", _id),
        word("clean_title"),
        as_written("tags"),
    ),
    test=_test_member,
    prepare={
        "name": _whole(""),
        "raw.name": _whole("raw."),
        "since": pl.coalesce("confirmed", "signed_up"),
        "decided": pl.max_horizontal("signed_up", "confirmed", "unsubscribed", "cleaned"),
        "state": pl.coalesce("status", pl.lit("unknown")),
        "left_at": pl.coalesce(
            pl.when(pl.col("raw.status") == "unsubscribed").then("unsubscribed"),
            pl.when(pl.col("raw.status") == "cleaned").then("cleaned"),
            "last_changed",
        ),
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
                        "country": pl.col("country"),
                        "language": pl.col("language"),
                        "first_seen_at": pl.min_horizontal("signed_up", "confirmed"),
                        "last_seen_at": pl.coalesce("last_changed", "decided"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                _own("phone", "phone"),
                _own("phone", "sms_phone"),
                Rows(
                    columns=identity("name", "name", pl.col("record"), "full_name", since=pl.col("since")).columns,
                    contains=any_written(*_NAMED).cast(pl.Int64),
                    when=any_written(*(f"raw.{column}" for column in _NAMED)),
                ),
                _own("external_id", "EUID"),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                _email_consent(
                    state="granted",
                    contains=_granted("").cast(pl.Int64),
                    when=_granted("raw."),
                    at=pl.col("since"),
                    state_raw=pl.lit("subscribed"),
                ),
                _email_consent(
                    state=pl.col("state"),
                    contains=_left("").cast(pl.Int64),
                    when=_left("raw."),
                    at=pl.col("left_at"),
                    state_raw=pl.col("raw.status"),
                ),
                consent(
                    "sms",
                    state=pl.coalesce("sms_status", pl.lit("unknown")),
                    contains=each("sms_status"),
                    when=written("raw.sms_status"),
                    at=pl.col("sms_changed"),
                    identity=who(phone="sms_phone", email="email", external_id=_KEY),
                    person=pl.col("record"),
                    channel="sms",
                    purpose=_AUDIENCE,
                    state_raw=pl.col("raw.sms_status"),
                ),
            ),
        ),
        TableMap(
            "marketing_events",
            rows=(
                _through("unsubscribe", "unsubscribed", "unsubscribed", "unsub_campaign", "unsub_title"),
                _through("bounce", "cleaned", "cleaned", "clean_campaign", "clean_title"),
            ),
        ),
    ),
)

# ---------------------------------------------------------------------------------------------------------------------
# What recipients did with a campaign

_ACTIVITY_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email_address", "Email Address"),
    "activity": ("actions",),
    "campaign_id": ("campaign",),
    "list_id": (),
    "email_id": (),
}
_SPELT_ACTIVITY = spelt(_ACTIVITY_NAMES)
_ACTIVITY_KEY, _LAST = "key of the recipient", "time of the last action"
_KINDS = {
    "sent": "send",
    "open": "open",
    "click": "click",
    "bounce": "bounce",
    "unsub": "unsubscribe",
    "unsubscribe": "unsubscribe",
    "abuse": "spam_report",
    "spam": "spam_report",
}


def _derive_activity(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    """Lines say `{"ada@king.io": [action, …]}`, or name the address as API pages do."""
    made = dict(_SPELT_ACTIVITY(columns, context))
    of = partial(made_or_own, made, columns)
    addressed = [column for column in columns if "@" in column]
    there = (pl.when(_filled(pl.col(column))).then(pl.lit(column)) for column in addressed)
    made["email"] = pl.coalesce(of("email"), *there)
    made["activity"] = pl.coalesce(of("activity"), *(pl.col(column) for column in addressed))
    campaign = context.file_label if re.fullmatch("[0-9A-Za-z]{1,64}", context.file_label) else None
    made["campaign_id"] = pl.coalesce(of("campaign_id"), pl.lit(campaign, dtype=pl.String))
    recipient = pl.coalesce(made["email"].str.strip_chars().str.to_lowercase(), pl.concat_str(pl.lit("@"), of("email_id")))
    key = pl.concat_str((made["campaign_id"], recipient), separator="|", ignore_nulls=True)
    made[_ACTIVITY_KEY] = pl.when(recipient.is_not_null()).then(key)
    times = made["activity"].str.extract_all(r'"timestamp"\s*:\s*"[^"]+"').list.max()
    made[_LAST] = times.str.extract(r':\s*"([^"]+)"$')
    return made


_ACTIONS = elements_of(
    "actions",
    "activity",
    fields=(
        choice("item", "mailchimp_action", _KINDS, alias="kind", at="$.action"),
        timestamp("item", alias="at", at="$.timestamp"),
    ),
)
_ACTION = pl.col("item").str.json_path_match("$.action")
_REFUSALS = ["unsub", "unsubscribe", "abuse", "spam"]


def _refuses(action: pl.Expr) -> pl.Expr:
    return action.fill_null("").str.strip_chars().str.to_lowercase().is_in(_REFUSALS)


def _test_recipient(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains)


_RECIPIENT = pl.when(pl.col("email").is_not_null()).then("record")

CAMPAIGN_ACTIVITY = Export(
    source="mailchimp",
    name="campaign_activity",
    title="What every recipient of a campaign did with it.",
    formats=("NDJSON, one line an address", "JSON API pages"),
    page_keys=("emails",),
    is_named_by_file=True,
    # Addresses may stand as names of columns.
    open_columns=True,
    key=_ACTIVITY_KEY,
    personal_key=True,
    clock=(_LAST,),
    derive=_derive_activity,
    fields=(
        identifier(_ACTIVITY_KEY, shaped("Mailchimp recipient", r"^[^\s]{1,330}$")),
        email_address("email"),
        identifier("campaign_id", _id),
        identifier("list_id", _id),
        timestamp(_LAST),
        as_written("activity"),
        as_written("_links"),
    ),
    ignore=frozenset({"_links"}),
    test=_test_recipient,
    tables=(
        TableMap(
            "marketing_events",
            primary=True,
            rows=(
                Rows(
                    items=_ACTIONS,
                    contains=each(),
                    columns={
                        "event_id": pl.concat_str("record", pl.lit("#"), pl.col("item.number").cast(pl.String)),
                        "customer_record": _RECIPIENT,
                        "campaign": key_of("mailchimp.campaigns", "campaign_id"),
                        "kind": pl.coalesce("item.kind", pl.lit("other")),
                        "kind_raw": pl.col("raw.item.kind"),
                        "occurred_at": pl.col("item.at"),
                    },
                ),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                consent(
                    pl.concat_str(pl.lit("email"), pl.col("item.number").cast(pl.String), separator="-"),
                    state="withdrawn",
                    items=_ACTIONS,
                    contains=_refuses(_ACTION).cast(pl.Int64),
                    when=_refuses(pl.col("raw.item.kind")),
                    at=pl.col("item.at"),
                    identity=who(email="email", external_id=_ACTIVITY_KEY),
                    person=_RECIPIENT,
                    purpose=_AUDIENCE,
                    state_raw=pl.col("raw.item.kind"),
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=each("email"),
                    when=pl.col("email").is_not_null(),
                    columns={
                        "customer_record": pl.col("record"),
                        "last_seen_at": pl.col(_LAST),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap("customer_identities", rows=(identity("email", "email", _RECIPIENT, "email"),)),
    ),
)
