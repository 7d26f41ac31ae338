"""HubSpot: contacts with their opt-outs, who unsubscribed, changes of subscriptions, events of marketing e-mails."""

from __future__ import annotations

import re
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
from cx_pipeline.sources.consents import affirmed, any_written, consent, who
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.items import cells_of, elements_of, entries_of
from cx_pipeline.sources.naming import fold
from cx_pipeline.sources.pieces import pieces_of
from cx_pipeline.sources.spellings import iso_of, made_or_own, spellings_of, spelt
from cx_pipeline.sources.unfolding import values_at

_NUMBER = shaped("HubSpot", "^[0-9]{1,20}$")
# An address stands for a contact without an id: exports of lists may leave the id out.
_CONTACT = shaped("HubSpot contact", r"^(?:[0-9]{1,20}|[^@\s|]{1,200}@[^@\s|]{1,200})$")
# Events of an address have no id: the address and the moment are their key.
_EVENT = shaped("HubSpot event", r"^(?:[0-9A-Za-z][0-9A-Za-z_-]{0,99}|[^|\s]{1,400}\|[^|]{1,100})$")
contact_key = partial(identifier, shape=_CONTACT)
event_key = partial(identifier, shape=_EVENT)
number = partial(identifier, shape=_NUMBER)

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("Record ID", "hs_object_id", "Contact ID", "vid", "canonical-vid", "contact_id", "Record ID - Contact"),
        *("Datensatz-ID", "ID de registro", "ID du dossier", "ID do registro", "ID record", "Record-id"),
    ),
    "email": (
        *("Email", "Email Address", "E-Mail", "E-Mail-Adresse", "Correo", "Correo electrónico", "Adresse e-mail"),
        *("E-mail", "Indirizzo e-mail", "Endereço de e-mail", "E-mailadres"),
    ),
    "hs_additional_emails": ("Additional email addresses",),
    "firstname": ("First Name", "Vorname", "Nombre", "Prénom", "Nome", "Voornaam"),
    "lastname": ("Last Name", "Nachname", "Apellidos", "Nom", "Nom de famille", "Cognome", "Sobrenome", "Achternaam"),
    "phone": ("Phone Number", "Telefonnummer", "Número de teléfono", "Numéro de téléphone", "Numero di telefono"),
    "mobilephone": ("Mobile Phone Number", "Mobiltelefonnummer"),
    "country": ("Country/Region", "Land/Region", "País/región", "Pays/région"),
    "hs_language": ("Preferred language",),
    "createdate": ("Create Date", "createdAt", "created_at", "Erstelldatum", "Fecha de creación", "Date de création"),
    "lastmodifieddate": ("Last Modified Date", "hs_lastmodifieddate", "updatedAt", "updated_at"),
    "notes_last_updated": ("Last Activity Date", "hs_last_activity_date"),
    "hs_email_optout": ("Unsubscribed from all email", "Opted out of all email", "Unsubscribed from all emails"),
    "hs_legal_basis": ("Legal basis for processing contact's data",),
    "hs_merged_object_ids": ("Merged Record IDs", "Merged object IDs", "Merged contact IDs", "merged-vids"),
    "hs_calculated_merged_vids": ("Merged vids with timestamps of a contact",),
    "archived": ("is-deleted", "is_deleted", "_fivetran_deleted", "deleted"),
}
_UNFOLDED = {
    place: ("properties", path)
    for name in _NAMES
    # Values of the first API version are objects that hold them.
    for place, path in ((f"properties__{name}", f"$.{name}.value"), (f"properties.{name}", f"$.{name}"))
}
_SPELT = spelt(_NAMES)
_KEY, _MERGED = "key of the contact", "merged ids"


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT(columns, context))
    of = partial(made_or_own, made, columns)
    for name in ("createdate", "lastmodifieddate"):
        made[name] = iso_of(of(name))
    made[_KEY] = pl.coalesce(of("id"), of("email").str.strip_chars().str.to_lowercase())
    merged = (of("hs_merged_object_ids"), of("hs_calculated_merged_vids"))
    made[_MERGED] = pl.concat_str(merged, separator=";", ignore_nulls=True)
    return made


def _test_contact(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


def _whole(first: str, last: str) -> pl.Expr:
    parts = pl.concat_str(first, last, separator=" ", ignore_nulls=True)
    return pl.when(parts != "").then(parts)


def _own(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.col("record"), column, since=pl.col("createdate"))


_MERGED_IDS = pieces_of(
    "merged",
    _MERGED,
    # With the moment of the merge behind the id, or without.
    "[0-9]+(?::[0-9]+)?",
    fields=(as_written("item", alias="piece"),),
    prepare={"merged_id": pl.col("item.piece").str.extract("^([0-9]{1,20})")},
)
_MORE_EMAILS = pieces_of(
    "additional_emails", "hs_additional_emails", r"[^;,\s]+", fields=(email_address("item", alias="address"),)
)

_OPT_OUT_COLUMN = re.compile(
    r"(?:propert(?:y|ies)(?:__|[_.]))?hs_email_optout_(?P<id>\d+)|(?:opted out of email|unsubscribed from)\s*:\s*(?P<name>.+)",
    re.IGNORECASE,
)


def _opt_out_columns(columns: Sequence[str], _: Context) -> list[str]:
    return [name for name in columns if _OPT_OUT_COLUMN.fullmatch(name)]


def _subscription(columns: Sequence[str], _: Context) -> dict[str, list[str | None]]:
    found = [_OPT_OUT_COLUMN.fullmatch(name) for name in columns]
    return {
        "type": [match["id"] if match else None for match in found],
        "type_name": [match["name"] if match else None for match in found],
    }


def _type(column: str | pl.Expr) -> pl.Expr:
    return key_of("hubspot.subscription_types", column)


_OPT_OUTS = cells_of(
    "opt_outs",
    _opt_out_columns,
    about=_subscription,
    fields=(as_written("cell"), as_written("column"), number("type"), word("type_name")),
    prepare={"subscription": pl.coalesce(_type("item.type"), "item.type_name")},
)
_OPT_OUT_KEY = "^hs_email_optout_[0-9]+$"
_OPT_OUT_PROPERTIES = entries_of(
    "opt_outs",
    "properties",
    fields=(as_written("item", alias="cell", at="$"), as_written("key")),
    prepare={"subscription": _type(pl.col("item.key").str.extract("([0-9]+)$"))},
)
_WHO = who(email="email", external_id=_KEY)
# The export tells that the box is ticked, not since when: the last change is the latest it can have been.
_opted_out = partial(
    consent, state="denied", at=pl.coalesce("lastmodifieddate", "createdate"), identity=_WHO, person=pl.col("record")
)
_opted_out_property = pl.col("key").str.contains(_OPT_OUT_KEY) & (
    pl.col("item").str.strip_chars('"').str.to_lowercase() == "true"
)
_BY_CONSENT = "(?i)freely given consent|einwilligung|consentement|consentimiento"

CONTACTS = Export(
    source="hubspot",
    name="contacts",
    title="Contacts, with their opt-outs and the contacts that were merged into them.",
    formats=("CSV with labels or internal names", "JSON API pages"),
    page_keys=("results", "contacts"),
    known=spellings_of(_NAMES)
    | names(
        """
        properties propertiesWithHistory associations url _fivetran_synced portal-id is-contact identity-profiles addedAt
        form-submissions list-memberships merge-audits profile-token profile-url associated-company archivedAt
        lifecyclestage hs_lead_status hs_marketable_status company jobtitle city state zip address website
        hubspot_owner_id associatedcompanyid num_associated_deals hs_analytics_source
        """
    )
    | {"Lifecycle Stage", "Lead Status", "Marketing contact status", "Company Name", "Job Title", "Contact owner", "City"},
    ignore=frozenset({"_fivetran_synced", "profile-token"}),
    key=_KEY,
    personal_key=True,
    clock=("lastmodifieddate", "createdate"),
    unfold=values_at(_UNFOLDED),
    derive=_derive,
    fields=(
        contact_key(_KEY),
        email_address("email"),
        person_name("firstname"),
        person_name("lastname"),
        phone_number("phone", country="country"),
        phone_number("mobilephone", country="country"),
        country("country"),
        language_code("hs_language"),
        timestamp("createdate"),
        timestamp("lastmodifieddate"),
        timestamp("notes_last_updated"),
        as_written("hs_email_optout"),
        as_written("hs_legal_basis"),
        as_written(_MERGED),
        as_written("hs_additional_emails"),
        boolean("archived", blank=False),
    ),
    deleted=pl.col("archived"),
    test=_test_contact,
    prepare={"name": _whole("firstname", "lastname"), "raw.name": _whole("raw.firstname", "raw.lastname")},
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
                        "language": pl.col("hs_language"),
                        "first_seen_at": pl.col("createdate"),
                        "last_seen_at": pl.coalesce("notes_last_updated", "createdate"),
                    },
                ),
                # What was merged into a contact is told by the survivor alone.
                Rows(
                    items=_MERGED_IDS,
                    contains=each(),
                    when=pl.col("merged_id") != pl.col(_KEY),
                    columns={
                        "customer_record": key_of("hubspot.contacts", "merged_id"),
                        "source_id": pl.col("merged_id"),
                        "merged_into_source_id": pl.col("source_id"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                Rows(
                    items=_MORE_EMAILS,
                    contains=each("item"),
                    columns={
                        **identity("email", "item.address", pl.col("record"), "item").columns,
                        "valid_from": pl.col("createdate"),
                    },
                ),
                _own("phone", "phone"),
                _own("phone", "mobilephone"),
                Rows(
                    columns=identity("name", "name", pl.col("record"), "firstname", since=pl.col("createdate")).columns,
                    contains=any_written("firstname", "lastname").cast(pl.Int64),
                    when=any_written("raw.firstname", "raw.lastname"),
                ),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                _opted_out(
                    "email",
                    contains=affirmed("hs_email_optout").cast(pl.Int64),
                    when=affirmed("raw.hs_email_optout"),
                    state_raw=pl.lit("hs_email_optout"),
                ),
                _opted_out(
                    pl.col("subscription").str.replace("^.*:", ""),
                    items=_OPT_OUTS,
                    contains=affirmed("cell").cast(pl.Int64),
                    when=affirmed("raw.item.cell"),
                    purpose=pl.col("subscription"),
                    state_raw=pl.col("item.column"),
                ),
                _opted_out(
                    pl.col("subscription").str.replace("^.*:", ""),
                    items=_OPT_OUT_PROPERTIES,
                    contains=_opted_out_property.cast(pl.Int64),
                    when=pl.col("item.key").str.contains(_OPT_OUT_KEY) & affirmed("raw.item.cell"),
                    purpose=pl.col("subscription"),
                    state_raw=pl.col("item.key"),
                ),
                consent(
                    "legal_basis",
                    state="granted",
                    at=pl.lit(None, dtype=pl.Datetime("us")),
                    identity=_WHO,
                    person=pl.col("record"),
                    channel="any",
                    purpose="data_processing",
                    contains=pl.col("hs_legal_basis").str.contains(_BY_CONSENT).cast(pl.Int64),
                    when=pl.col("hs_legal_basis").str.contains(_BY_CONSENT),
                    legal_basis=pl.col("hs_legal_basis"),
                ),
            ),
        ),
    ),
)

# ---------------------------------------------------------------------------------------------------------------------
# Addresses that may not be written to

_LIST_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": (*_NAMES["email"], "Recipient", "Contact"),
    "at": ("Timestamp", "Date", "Unsubscribe Date"),
    "all": ("Portal Unsubscribe", "Unsubscribed from all email", "Global Unsubscribe", "Unsubscribed"),
    "spam": ("Portal Spam Report", "Spam Report"),
    "bounced": ("Portal Bounce", "Global Bounce", "Bounced"),
}
_SPELT_LIST = spelt(_LIST_NAMES)
_ADDRESS = "key of the address"
_TOLD_APART = frozenset(fold(name) for name in spellings_of(_LIST_NAMES)) | {fold(_ADDRESS)}


def _derive_address(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = _SPELT_LIST(columns, context)
    return {**made, _ADDRESS: made_or_own(made, columns, "email").str.strip_chars().str.to_lowercase()}


_TYPES = cells_of(
    "types",
    lambda columns, _: [name for name in columns if fold(name) not in _TOLD_APART],
    fields=(as_written("cell"), word("column", alias="type")),
)
_refused = partial(
    consent, state="withdrawn", at=pl.col("at"), identity=who(email="email", external_id=_ADDRESS), person=pl.col("record")
)

UNSUBSCRIBES = Export(
    source="hubspot",
    name="unsubscribes",
    title="Addresses that unsubscribed or bounced, deleted contacts included: a column a type of subscription.",
    formats=("CSV",),
    known=spellings_of(_LIST_NAMES),
    open_columns=True,
    key=_ADDRESS,
    personal_key=True,
    clock=("at",),
    derive=_derive_address,
    fields=(
        identifier(_ADDRESS, shaped("HubSpot address", r"^[^@\s]{1,200}@[^@\s]{1,200}$")),
        email_address("email"),
        timestamp("at"),
        as_written("all"),
        as_written("spam"),
    ),
    test=lambda context: looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains),
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={"customer_record": pl.col("record"), "last_seen_at": pl.col("at"), "is_contact": pl.lit(value=True)},
                ),
            ),
        ),
        TableMap("customer_identities", rows=(identity("email", "email", pl.col("record"), "email"),)),
        TableMap(
            "consent_events",
            rows=(
                *(
                    _refused(
                        name,
                        contains=affirmed(name).cast(pl.Int64),
                        when=affirmed(f"raw.{name}"),
                        state_raw=pl.lit(name),
                    )
                    for name in ("all", "spam")
                ),
                _refused(
                    pl.col("item.type").str.replace_all(r"\s", "_"),
                    items=_TYPES,
                    contains=affirmed("cell").cast(pl.Int64),
                    when=affirmed("raw.item.cell"),
                    purpose=pl.col("item.type"),
                    state_raw=pl.col("item.type"),
                ),
            ),
        ),
    ),
)

# ---------------------------------------------------------------------------------------------------------------------
# Events of addresses

_EVENT_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("eventId", "event_id"),
    "recipient": ("email", "Recipient Email", "recipientEmail"),
    "created": ("timestamp", "occurredAt", "occurred_at", "Event Date"),
    "type": ("eventType", "event_type"),
    "emailCampaignId": ("campaignId", "Email Campaign ID"),
    "filteredEvent": ("filtered_event",),
    "portalSubscriptionStatus": ("portal_subscription_status",),
    "subscriptions": (),
    "changes": (),
    "change": (),
    "changeType": (),
    "subscriptionId": (),
    "source": (),
    "is_deleted": ("_fivetran_deleted",),
}
_SPELT_EVENT = spelt(_EVENT_NAMES)
_EVENT_KEY = "key of the event"
_FLAT = ("change", "changeType", "subscriptionId", "source")


def _derive_event(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT_EVENT(columns, context))
    of = partial(made_or_own, made, columns)
    address = of("recipient").str.strip_chars().str.to_lowercase()
    # Several changes of one address at one moment are told apart by what changed, where each is a record of its own.
    change = pl.concat_str((of("created"), of("change"), of("subscriptionId")), separator=" ", ignore_nulls=True)
    made[_EVENT_KEY] = pl.coalesce(of("id"), pl.concat_str(address, change, separator="|"))
    flat = pl.struct(of(name).alias(name) for name in _FLAT).struct.json_encode()
    made["changes"] = pl.coalesce(of("changes"), pl.when(_filled(of("change"))).then(flat))
    status = _filled(of("portalSubscriptionStatus"))
    made["type"] = pl.coalesce(of("type"), pl.when(status).then(pl.lit("STATUSCHANGE")))
    return made


def _filled(cell: pl.Expr) -> pl.Expr:
    """True where a cell holds anything."""
    return cell.fill_null("").str.strip_chars() != ""


_CHANGES = {
    "SUBSCRIBED": "granted",
    "RESUBSCRIBED": "granted",
    "OPT_IN": "granted",
    "OPTED_IN": "granted",
    "UNSUBSCRIBED": "withdrawn",
    "OPT_OUT": "withdrawn",
    "OPTED_OUT": "withdrawn",
    "NOT_OPTED": "not_given",
    "NOT_OPTED_IN": "not_given",
    "NOT_SPECIFIED": "not_given",
    "REPORTED_SPAM": "withdrawn",
    "SPAM_REPORT": "withdrawn",
    "PENDING": "pending",
    # Of an address that mail bounces from nobody knows what its owner wants.
    "BOUNCED": "unknown",
    "BOUNCE": "unknown",
}
_UNDELIVERED = "(?i)^bounced?$"
_KINDS = {
    "SENT": "send",
    "PROCESSED": "send",
    "DELIVERED": "delivery",
    "DEFERRED": "defer",
    "DROPPED": "drop",
    "MTA_DROPPED": "drop",
    "SUPPRESSED": "drop",
    "NOT_SENT": "drop",
    "BOUNCE": "bounce",
    "OPEN": "open",
    "CLICK": "click",
    "PRINT": "other",
    "FORWARD": "other",
    "SPAMREPORT": "spam_report",
    "UNSUBSCRIBED": "unsubscribe",
    "STATUSCHANGE": "other",
}
_IN_EVENT = pl.when(pl.col("recipient").is_not_null()).then("record")


def _recipient() -> tuple[TableMap, TableMap]:
    """The recipient, as the event tells of them."""
    person = Rows(
        contains=each("recipient"),
        when=pl.col("recipient").is_not_null(),
        columns={
            "customer_record": _IN_EVENT,
            "first_seen_at": pl.col("created"),
            "last_seen_at": pl.col("created"),
            "is_contact": pl.lit(value=True),
        },
    )
    known = identity("email", "recipient", _IN_EVENT, "recipient", since=pl.col("created"))
    return TableMap("people", rows=(person,)), TableMap("customer_identities", rows=(known,))


def _test_recipient(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("recipient"), context.test_domains)


def _bounce(cell: pl.Expr) -> pl.Expr:
    return cell.fill_null("").str.contains(_UNDELIVERED)


_CHANGE_ITEMS = elements_of(
    "changes",
    "changes",
    fields=(
        choice("item", "hubspot_change", _CHANGES, alias="change", at="$.change"),
        word("item", alias="change_type", at="$.changeType"),
        word("item", alias="source", at="$.source"),
        number("item", alias="subscription", at="$.subscriptionId"),
    ),
    prepare={"state": pl.coalesce("item.change", pl.lit("unknown"))},
)
_CHANGED = pl.col("item").str.json_path_match("$.change")
_address = partial(who, email="recipient", external_id=_EVENT_KEY)

SUBSCRIPTION_CHANGES = Export(
    source="hubspot",
    name="subscription_changes",
    title="Changes of subscriptions, by recipient.",
    formats=("JSON API pages", "NDJSON", "CSV"),
    page_keys=("timeline", "results"),
    known=spellings_of(_EVENT_NAMES) | names("portalId normalizedEmailId causedByEvent portal_id _fivetran_synced"),
    ignore=frozenset({"_fivetran_synced"}),
    key=_EVENT_KEY,
    personal_key=True,
    clock=("created",),
    derive=_derive_event,
    fields=(
        event_key(_EVENT_KEY),
        email_address("recipient"),
        timestamp("created", "epoch_ms"),
        as_written("changes"),
    ),
    test=_test_recipient,
    tables=(
        TableMap(
            "consent_events",
            primary=True,
            rows=(
                consent(
                    pl.concat_str(
                        pl.col("item.number").cast(pl.String), pl.coalesce("item.subscription", pl.lit("all")), separator="-"
                    ),
                    state=pl.col("state"),
                    items=_CHANGE_ITEMS,
                    contains=(~_bounce(_CHANGED)).cast(pl.Int64),
                    when=~_bounce(pl.col("raw.item.change")),
                    at=pl.col("created"),
                    identity=_address(),
                    person=_IN_EVENT,
                    purpose=pl.coalesce(_type("item.subscription"), pl.lit("marketing")),
                    state_raw=pl.col("raw.item.change"),
                ),
            ),
        ),
        TableMap(
            "marketing_events",
            rows=(
                Rows(
                    items=_CHANGE_ITEMS,
                    contains=_bounce(_CHANGED).cast(pl.Int64),
                    when=_bounce(pl.col("raw.item.change")),
                    columns={
                        "event_id": pl.concat_str("record", pl.lit("#"), pl.col("item.number").cast(pl.String)),
                        "customer_record": _IN_EVENT,
                        "kind": pl.lit("bounce"),
                        "kind_raw": pl.col("raw.item.change"),
                        "occurred_at": pl.col("created"),
                    },
                ),
            ),
        ),
        *_recipient(),
    ),
)

_STATUS_CHANGED = ("UNSUBSCRIBED", "SUBSCRIBED", "RESUBSCRIBED")


def _tells_consent(raw: str) -> pl.Expr:
    """An event that tells of a recipient who unsubscribed, or subscribed again."""
    kind = pl.col(f"{raw}type").fill_null("").str.strip_chars().str.to_uppercase()
    changed = (kind == "STATUSCHANGE") & written(f"{raw}portalSubscriptionStatus")
    return written(f"{raw}recipient") & (kind.is_in(["UNSUBSCRIBED", "SPAMREPORT"]) | changed)


EMAIL_EVENTS = Export(
    source="hubspot",
    name="email_events",
    title="Events of marketing e-mails: sent, opened, clicked, bounced, unsubscribed.",
    formats=("JSON API pages", "NDJSON", "CSV"),
    page_keys=("events", "results"),
    known=spellings_of(_EVENT_NAMES)
    | names(
        """
        appId appName portalId hmid sentBy obsoletedBy causedBy deviceType userAgent browser location url referer duration
        ipAddress response attempt status dropReason dropMessage subject from cc bcc replyTo smtpId emailCampaignGroupId
        bounced requestedBy requested_by linkId category app_id app_name portal_id sent_by_event_id device_type user_agent
        caused_timestamp sent_timestamp _fivetran_synced
        """
    ),
    ignore=frozenset({"_fivetran_synced"}),
    key=_EVENT_KEY,
    personal_key=True,
    clock=("created",),
    derive=_derive_event,
    fields=(
        event_key(_EVENT_KEY),
        email_address("recipient"),
        timestamp("created", "epoch_ms"),
        choice("type", "hubspot_email_event", _KINDS),
        choice("portalSubscriptionStatus", "hubspot_status", _CHANGES),
        number("emailCampaignId"),
        boolean("filteredEvent", blank=False),
        boolean("is_deleted", blank=False),
    ),
    deleted=pl.col("is_deleted"),
    test=_test_recipient,
    prepare={
        "gone": (pl.col("portalSubscriptionStatus") == "withdrawn").fill_null(value=False),
        "kind": pl.when((pl.col("type") == "other") & pl.col("gone"))
        .then(pl.lit("unsubscribe"))
        .when((pl.col("type") == "other") & (pl.col("portalSubscriptionStatus") == "granted"))
        .then(pl.lit("subscribe"))
        .otherwise(pl.coalesce("type", pl.lit("other"))),
        "state": pl.when(pl.col("type").is_in(["unsubscribe", "spam_report"]))
        .then(pl.lit("withdrawn"))
        .otherwise(pl.coalesce("portalSubscriptionStatus", pl.lit("unknown"))),
    },
    tables=(
        TableMap(
            "marketing_events",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "event_id": pl.col("record"),
                        "customer_record": _IN_EVENT,
                        "campaign": key_of("hubspot.email_campaigns", "emailCampaignId"),
                        "kind": pl.col("kind"),
                        "kind_raw": pl.col("raw.type"),
                        "occurred_at": pl.col("created"),
                        # The vendor knows by the client that no person opened or clicked.
                        "dq_flags": pl.when("filteredEvent")
                        .then(pl.concat_list("dq_flags", pl.lit("taken_for_bot")).list.sort())
                        .otherwise("dq_flags"),
                    },
                ),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                consent(
                    "email",
                    state=pl.col("state"),
                    contains=_tells_consent("").cast(pl.Int64),
                    when=_tells_consent("raw."),
                    at=pl.col("created"),
                    identity=_address(),
                    person=_IN_EVENT,
                    state_raw=pl.coalesce("raw.portalSubscriptionStatus", "raw.type"),
                ),
            ),
        ),
        *_recipient(),
    ),
)
