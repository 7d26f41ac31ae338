"""Salesforce Service Cloud: cases, contacts, accounts and users, as the CSV of its export tools."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from cx_pipeline.scrub import booleans
from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    boolean,
    choice,
    country,
    each,
    email_address,
    html,
    identifier,
    identity,
    key_of,
    language_code,
    line,
    names,
    person_name,
    phone_number,
    salesforce_id,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

_FORMATS = ("CSV",)
# Who looked at a record last is nothing that the record says.
_VIEWED = frozenset({"LastViewedDate", "LastReferencedDate", "PhotoUrl"})
_STATUS = {
    "New": "new",
    "Open": "open",
    "Working": "open",
    "In Progress": "open",
    "Assigned": "open",
    "Escalated": "open",
    "Reopened": "open",
    "Waiting on Customer": "pending",
    "Waiting for Customer": "pending",
    "Pending": "pending",
    "Awaiting Response": "pending",
    "On Hold": "on_hold",
    "Response Received": "open",
    "Resolved": "solved",
    "Solved": "solved",
    "Closed": "closed",
    "Closed - Duplicate": "closed",
    "Merged": "closed",
}
_PRIORITY = {"Low": "low", "Medium": "normal", "Normal": "normal", "High": "high", "Critical": "urgent", "Urgent": "urgent"}
_ORIGIN = {
    "Phone": "phone",
    "Email": "email",
    "Web": "web",
    "Chat": "chat",
    "Live Chat": "chat",
    "Messaging": "messenger",
    "WhatsApp": "messenger",
    "SMS": "sms",
    "Text": "sms",
    "Facebook": "social",
    "Twitter": "social",
    "Instagram": "social",
    "Social": "social",
    "Community": "form",
    "Web Form": "form",
    "Mobile App": "mobile_app",
    "In Store": "in_store",
    "Store": "in_store",
    "Voice Assistant": "voice_assistant",
    "Video": "video",
    "API": "api",
    "IVR": "ivr",
    "Other": "other",
}


def _flag(name: str) -> str:
    return f"{name.lower()}_set"


def _test_case(context: Context) -> pl.Expr:
    return looks_like_test_subject(pl.col("Subject")) | looks_like_test_person(
        pl.col("raw.SuppliedName"), pl.col("SuppliedEmail"), context.test_domains
    )


def _test_contact(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.FullName"), pl.col("Email"), context.test_domains)


def _whole_name(whole: str, first: str, last: str) -> pl.Expr:
    """Some exports hold the name in its parts only."""
    parts = pl.concat_str(first, last, separator=" ", ignore_nulls=True)
    return pl.when(written(whole)).then(whole).when(parts != "").then(parts)


_SUPPLIED = ("SuppliedName", "SuppliedEmail", "SuppliedPhone")
# Some export tools leave SystemModstamp out; it never lies before LastModifiedDate, so either orders versions.
_MODIFIED = {"modified": pl.coalesce("SystemModstamp", "LastModifiedDate")}
_CLOCK = ("modified", "LastModifiedDate")
# A case that names no contact may still name a person: then the case is that person's record.
_CASE_PERSON = pl.coalesce(key_of("salesforce.Contact", "ContactId"), pl.when(pl.col("is_supplied")).then("record"))


def _supplied(kind: str, column: str) -> Rows:
    return identity(kind, column, _CASE_PERSON, column, since=pl.col("CreatedDate"))


CASE = Export(
    source="salesforce",
    name="Case",
    title="Cases, with the text they were opened with.",
    formats=_FORMATS,
    ignore=_VIEWED,
    known=names(
        """
        AssetId ProductId EntitlementId SourceId BusinessHoursId SuppliedCompany IsClosed IsEscalated IsClosedOnCreate
        SlaStartDate SlaExitDate IsStopped StopStartDate CreatedById LastModifiedById ContactPhone ContactMobile
        ContactEmail ContactFax MilestoneStatus Language Comments MasterRecordId RecordTypeId
        """
    ),
    key="Id",
    clock=_CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        identifier("CaseNumber", shaped("Salesforce case number", "^[A-Za-z]{0,10}[-_ ]?[0-9]{1,20}$"), required=True),
        boolean("IsDeleted", blank=False),
        timestamp("CreatedDate", required=True),
        timestamp("LastModifiedDate"),
        timestamp("SystemModstamp"),
        timestamp("ClosedDate"),
        salesforce_id("ContactId"),
        salesforce_id("AccountId"),
        salesforce_id("ParentId"),
        salesforce_id("OwnerId"),
        person_name("SuppliedName"),
        email_address("SuppliedEmail"),
        phone_number("SuppliedPhone"),
        choice("Status", "salesforce_status", _STATUS),
        choice("Priority", "salesforce_priority", _PRIORITY),
        choice("Origin", "salesforce_origin", _ORIGIN),
        word("Type"),
        word("Reason"),
        line("Subject"),
        html("Description"),
    ),
    deleted=pl.col("IsDeleted"),
    test=_test_case,
    prepare={
        **_MODIFIED,
        # Placeholders alone ("n/a") are nobody.
        "is_supplied": pl.col("ContactId").is_null() & pl.any_horizontal(pl.col(name).is_not_null() for name in _SUPPLIED),
        "is_queue": pl.col("OwnerId").str.starts_with("00G").fill_null(value=False),
        "elapsed": pl.col("ClosedDate") - pl.col("CreatedDate"),
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
                        "source_number": pl.col("CaseNumber"),
                        "kind": pl.lit("case"),
                        "kind_raw": pl.col("Type"),
                        "channel": pl.col("Origin"),
                        "channel_raw": pl.col("raw.Origin"),
                        "customer_record": _CASE_PERSON,
                        "organization_id": key_of("salesforce.Account", "AccountId"),
                        "agent_id": pl.when(~pl.col("is_queue")).then(key_of("salesforce.User", "OwnerId")),
                        "queue": pl.when(pl.col("is_queue")).then(key_of("salesforce.Group", "OwnerId")),
                        "category": pl.coalesce("Reason", "Type"),
                        "status": pl.when(pl.col("is_deleted")).then(pl.lit("deleted")).otherwise("Status"),
                        "status_raw": pl.col("raw.Status"),
                        "priority": pl.col("Priority"),
                        "priority_raw": pl.col("raw.Priority"),
                        "opened_at": pl.col("CreatedDate"),
                        "closed_at": pl.col("ClosedDate"),
                        "resolution_ms": pl.col("elapsed").dt.total_milliseconds(),
                        "parent_interaction_id": key_of("salesforce.Case", "ParentId"),
                        "text_subject": pl.when(~pl.col("is_deleted")).then("Subject"),
                    },
                ),
            ),
        ),
        TableMap(
            "messages",
            rows=(
                Rows(
                    contains=each("Description"),
                    when=written("raw.Description"),
                    columns={
                        "message_id": pl.concat_str("record", pl.lit("#description")),
                        "interaction_id": pl.col("record"),
                        "is_public": pl.lit(value=True),
                        "sent_at": pl.col("CreatedDate"),
                        "text": pl.when(~pl.col("is_deleted")).then("Description"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=(~written("ContactId") & pl.any_horizontal(written(name) for name in _SUPPLIED)).cast(pl.Int64),
                    when=pl.col("is_supplied"),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("CreatedDate"),
                        "last_seen_at": pl.col("CreatedDate"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(_supplied("name", "SuppliedName"), _supplied("email", "SuppliedEmail"), _supplied("phone", "SuppliedPhone")),
        ),
    ),
)

_MERGED_INTO = pl.col("MasterRecordId")
_NAMED = pl.any_horizontal(written(name) for name in ("Name", "FirstName", "LastName")).cast(pl.Int64)


def _own(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.col("record"), column, merged_into=_MERGED_INTO, since=pl.col("CreatedDate"))


def _opt_out(column: str, channel: str, identity_kind: str, identity_column: str) -> Rows:
    """A ticked box is a refusal; a blank one says nothing, so it gives no event."""
    return Rows(
        contains=pl.col(column).fill_null("").str.strip_chars().str.to_lowercase().is_in(sorted(booleans.TRUE)).cast(pl.Int64),
        when=pl.col(column),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{column}")),
            "identity": pl.struct(
                kind=pl.when(pl.col(identity_column).is_not_null()).then(pl.lit(identity_kind)).otherwise(pl.lit("external_id")),
                token=pl.coalesce(identity_column, "Id"),
            ),
            "customer_record": pl.col("record"),
            "channel": pl.lit(channel),
            "purpose": pl.lit("marketing"),
            "state": pl.lit("denied"),
            "state_raw": pl.lit(column),
            # The export tells that the box is ticked, not since when: the last change is the latest it can have been.
            "occurred_at": pl.coalesce("LastModifiedDate", "SystemModstamp"),
        },
    )


CONTACT = Export(
    source="salesforce",
    name="Contact",
    title="Contacts: people, with their opt-outs.",
    formats=_FORMATS,
    ignore=_VIEWED,
    known=names(
        """
        Salutation OtherStreet OtherCity OtherState OtherPostalCode OtherCountry OtherLatitude OtherLongitude
        OtherGeocodeAccuracy OtherAddress MailingStreet MailingCity MailingState MailingPostalCode MailingLatitude
        MailingLongitude MailingGeocodeAccuracy MailingAddress Fax HomePhone OtherPhone AssistantPhone ReportsToId Title
        Department AssistantName LeadSource Birthdate Description OwnerId CreatedById LastModifiedById LastCURequestDate
        LastCUUpdateDate EmailBouncedReason EmailBouncedDate IsEmailBounced Jigsaw JigsawContactId IndividualId
        """
    ),
    key="Id",
    clock=_CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        boolean("IsDeleted", blank=False),
        salesforce_id("MasterRecordId"),
        salesforce_id("AccountId"),
        person_name("Name"),
        person_name("FirstName"),
        person_name("LastName"),
        email_address("Email"),
        phone_number("Phone", country="MailingCountry"),
        phone_number("MobilePhone", country="MailingCountry"),
        country("MailingCountry"),
        timestamp("CreatedDate"),
        timestamp("LastModifiedDate"),
        timestamp("SystemModstamp"),
        timestamp("LastActivityDate"),
        boolean("HasOptedOutOfEmail", blank=False),
        boolean("HasOptedOutOfFax", blank=False),
        boolean("DoNotCall", blank=False),
        language_code("Language__c", alias="language"),
    ),
    deleted=pl.col("IsDeleted"),
    test=_test_contact,
    prepare={
        **_MODIFIED,
        "FullName": pl.coalesce(
            "Name", pl.concat_str("FirstName", "LastName", separator=" ", ignore_nulls=True).replace("", None)
        ),
        "raw.FullName": _whole_name("raw.Name", "raw.FirstName", "raw.LastName"),
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
                        "country": pl.col("MailingCountry"),
                        "language": pl.col("language"),
                        "first_seen_at": pl.col("CreatedDate"),
                        "last_seen_at": pl.col("LastActivityDate"),
                        "merged_into_source_id": _MERGED_INTO,
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("external_id", "Id"),
                replace(_own("name", "FullName"), contains=_NAMED),
                _own("email", "Email"),
                _own("phone", "Phone"),
                _own("phone", "MobilePhone"),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                _opt_out("HasOptedOutOfEmail", "email", "email", "Email"),
                _opt_out("HasOptedOutOfFax", "fax", "external_id", "Id"),
                _opt_out("DoNotCall", "phone", "phone", "Phone"),
            ),
        ),
    ),
)

_HOST = r"^(?:https?://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})\.?(?:[/:?#]|$)"

ACCOUNT = Export(
    source="salesforce",
    name="Account",
    title="Accounts: companies and households.",
    formats=_FORMATS,
    ignore=_VIEWED,
    known=names(
        """
        Name Type BillingStreet BillingCity BillingPostalCode BillingLatitude BillingLongitude BillingGeocodeAccuracy
        BillingAddress ShippingStreet ShippingCity ShippingState ShippingPostalCode ShippingCountry ShippingLatitude
        ShippingLongitude ShippingGeocodeAccuracy ShippingAddress Phone Fax AccountNumber Sic SicDesc Industry
        AnnualRevenue NumberOfEmployees Ownership TickerSymbol Description Rating Site OwnerId CreatedById LastModifiedById
        LastActivityDate Jigsaw JigsawCompanyId AccountSource DunsNumber Tradestyle NaicsCode NaicsDesc YearStarted
        DandbCompanyId CleanStatus
        """
    ),
    key="Id",
    clock=_CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        boolean("IsDeleted", blank=False),
        salesforce_id("MasterRecordId"),
        salesforce_id("ParentId"),
        line("Website"),
        word("BillingState"),
        country("BillingCountry"),
        timestamp("CreatedDate"),
        timestamp("LastModifiedDate"),
        timestamp("SystemModstamp"),
    ),
    deleted=pl.col("IsDeleted"),
    prepare=_MODIFIED,
    tables=(
        TableMap(
            "organizations",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "organization_id": pl.col("record"),
                        "domain": pl.when(~pl.col("Website").str.contains("@", literal=True)).then(
                            pl.col("Website").str.to_lowercase().str.extract(_HOST)
                        ),
                        "parent_id": key_of("salesforce.Account", "ParentId"),
                        "region": pl.coalesce("BillingCountry", "BillingState"),
                    },
                ),
            ),
        ),
    ),
)

USER = Export(
    source="salesforce",
    name="User",
    title="Users: agents and integrations.",
    formats=_FORMATS,
    ignore=_VIEWED | frozenset({"LastLoginDate"}),
    known=names(
        """
        Username Email Title CompanyName Street City State PostalCode Country Phone MobilePhone Alias CommunityNickname
        ProfileId LocaleSidKey LanguageLocaleKey EmailEncodingKey EmployeeNumber CreatedById LastModifiedById
        FederationIdentifier ContactId AccountId
        """
    ),
    key="Id",
    clock=_CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        person_name("Name"),
        person_name("FirstName"),
        person_name("LastName"),
        boolean("IsActive", blank=False),
        salesforce_id("ManagerId"),
        salesforce_id("UserRoleId"),
        word("UserType"),
        word("Department"),
        word("Division"),
        word("TimeZoneSidKey"),
        timestamp("CreatedDate"),
        timestamp("LastModifiedDate"),
        timestamp("SystemModstamp"),
    ),
    prepare=_MODIFIED,
    tables=(
        TableMap(
            "agents",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "agent_id": pl.col("record"),
                        "name": pl.coalesce("Name", pl.concat_str("FirstName", "LastName", separator=" ", ignore_nulls=True)),
                        "role": pl.col("UserType"),
                        "team": pl.col("Division"),
                        "department": pl.col("Department"),
                        "manager_id": key_of("salesforce.User", "ManagerId"),
                        "is_bot": pl.col("raw.Name")
                        .str.contains(r"(?i)\b(?:bot|integration|automated process|chatter expert)\b")
                        .fill_null(value=False),
                        "is_active": pl.col("IsActive"),
                        "timezone": pl.col("TimeZoneSidKey"),
                    },
                ),
            ),
        ),
    ),
)
