"""Accounts of Salesforce: companies and households."""

from __future__ import annotations

import polars as pl

from cx_pipeline.sources.columns import boolean, country, each, key_of, line, names, salesforce_id, timestamp, word
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

_HOST = r"^(?:https?://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})\.?(?:[/:?#]|$)"

ACCOUNT = Export(
    source="salesforce",
    name="Account",
    title="Accounts: companies and households.",
    formats=FORMATS,
    ignore=VIEWED,
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
    clock=CLOCK,
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
    prepare=MODIFIED,
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
