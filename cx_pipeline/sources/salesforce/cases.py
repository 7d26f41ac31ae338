"""Cases of Salesforce."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    boolean,
    choice,
    each,
    email_address,
    first_message,
    html,
    identifier,
    identity,
    key_of,
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
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

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


def _test_case(context: Context) -> pl.Expr:
    return looks_like_test_subject(pl.col("Subject")) | looks_like_test_person(
        pl.col("raw.SuppliedName"), address_told("SuppliedEmail"), context.test_domains
    )


_SUPPLIED = ("SuppliedName", "SuppliedEmail", "SuppliedPhone")
# A case that names no contact may still name a person: then the case is that person's record.
_CASE_PERSON = pl.coalesce(key_of("salesforce.Contact", "ContactId"), pl.when(pl.col("is_supplied")).then("record"))


def _supplied(kind: str, column: str) -> Rows:
    return identity(kind, column, _CASE_PERSON, column, since=pl.col("CreatedDate"))


CASE = Export(
    source="salesforce",
    name="Case",
    title="Cases, with the text they were opened with.",
    formats=FORMATS,
    ignore=VIEWED,
    known=names(
        """
        AssetId ProductId EntitlementId SourceId BusinessHoursId SuppliedCompany IsClosed IsEscalated IsClosedOnCreate
        SlaStartDate SlaExitDate IsStopped StopStartDate CreatedById LastModifiedById ContactPhone ContactMobile
        ContactEmail ContactFax MilestoneStatus Language Comments MasterRecordId RecordTypeId
        """
    ),
    key="Id",
    clock=CLOCK,
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
        **MODIFIED,
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
            rows=(first_message("Description", "CreatedDate"),),
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
