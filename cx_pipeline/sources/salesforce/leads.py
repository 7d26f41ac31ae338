"""Leads of Salesforce: people who may buy, until they become a contact."""

from __future__ import annotations

import polars as pl

from cx_pipeline.sources.columns import (
    boolean,
    country,
    each,
    email_address,
    key_of,
    language_code,
    names,
    person_name,
    phone_number,
    salesforce_id,
    timestamp,
    word,
)
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.salesforce.persons import FULL_NAME, MERGED_INTO, is_test_person, opt_out, own, own_name, whole_name
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

_LOST = r"(?i)not converted|unqualified|disqualified|\blost\b|\bjunk\b|\bdead\b"

_DAY = pl.col("ConvertedDate")

LEAD = Export(
    source="salesforce",
    name="Lead",
    title="Leads: people who may buy, with what became of them.",
    formats=FORMATS,
    ignore=VIEWED,
    known=names(
        """
        Salutation Title Company Street City State PostalCode Latitude Longitude GeocodeAccuracy Address Fax Website
        Description LeadSource Industry Rating AnnualRevenue NumberOfEmployees ConvertedOpportunityId IsUnreadByOwner
        CreatedById LastModifiedById Jigsaw JigsawContactId CleanStatus CompanyDunsNumber DandbCompanyId
        EmailBouncedReason EmailBouncedDate IndividualId MiddleName Suffix FirstCallDateTime FirstEmailDateTime
        ActivityMetricId LastTransferDate OwnerId
        """
    ),
    key="Id",
    clock=CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        boolean("IsDeleted", blank=False),
        salesforce_id("MasterRecordId"),
        person_name("Name"),
        person_name("FirstName"),
        person_name("LastName"),
        email_address("Email"),
        phone_number("Phone", country="Country"),
        phone_number("MobilePhone", country="Country"),
        country("Country"),
        word("Status"),
        boolean("IsConverted", blank=False),
        timestamp("ConvertedDate"),
        salesforce_id("ConvertedAccountId"),
        salesforce_id("ConvertedContactId"),
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
    test=is_test_person,
    prepare={
        **MODIFIED,
        "FullName": FULL_NAME,
        "raw.FullName": whole_name("raw.Name", "raw.FirstName", "raw.LastName"),
        # The day alone is told: a lead of the same day was not converted before it came.
        "converted_at": pl.when(_DAY.dt.date() == pl.col("CreatedDate").dt.date())
        .then(pl.max_horizontal("ConvertedDate", "CreatedDate"))
        .otherwise("ConvertedDate"),
        "is_lost": pl.col("Status").str.contains(_LOST).fill_null(value=False),
    },
    tables=(
        TableMap(
            "opportunities",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "opportunity_id": pl.col("record"),
                        "customer_record": pl.coalesce(key_of("salesforce.Contact", "ConvertedContactId"), "record"),
                        "organization_id": key_of("salesforce.Account", "ConvertedAccountId"),
                        "kind": pl.lit("lead"),
                        "stage": pl.col("Status"),
                        "opened_at": pl.col("CreatedDate"),
                        "closed_at": pl.when("IsConverted").then("converted_at"),
                        # A lead is won when it becomes an opportunity.
                        "is_won": pl.when("IsConverted").then(pl.lit(value=True)).when("is_lost").then(pl.lit(value=False)),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "customer_record": pl.col("record"),
                        "country": pl.col("Country"),
                        "language": pl.col("language"),
                        "first_seen_at": pl.col("CreatedDate"),
                        "last_seen_at": pl.col("LastActivityDate"),
                        "merged_into_source_id": MERGED_INTO,
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                own("external_id", "Id"),
                # The contact that the lead became carries the same id.
                own("external_id", "ConvertedContactId"),
                own_name(),
                own("email", "Email"),
                own("phone", "Phone"),
                own("phone", "MobilePhone"),
            ),
        ),
        TableMap(
            "consent_events",
            rows=(
                opt_out("HasOptedOutOfEmail", "email", "email", "Email"),
                opt_out("HasOptedOutOfFax", "fax", "external_id", "Id"),
                opt_out("DoNotCall", "phone", "phone", "Phone"),
            ),
        ),
    ),
)
