"""Contacts of Salesforce: people, with their opt-outs."""

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
)
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.salesforce.persons import FULL_NAME, MERGED_INTO, is_test_person, opt_out, own, own_name, whole_name
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

CONTACT = Export(
    source="salesforce",
    name="Contact",
    title="Contacts: people, with their opt-outs.",
    formats=FORMATS,
    ignore=VIEWED,
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
    clock=CLOCK,
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
    test=is_test_person,
    prepare={
        **MODIFIED,
        "FullName": FULL_NAME,
        "raw.FullName": whole_name("raw.Name", "raw.FirstName", "raw.LastName"),
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
                        "organization_id": key_of("salesforce.Account", "AccountId"),
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
