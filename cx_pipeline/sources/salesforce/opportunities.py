"""Opportunities of Salesforce."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.test_records import looks_like_test_subject
from cx_pipeline.sources.columns import boolean, decimal, each, html, key_of, names, salesforce_id, timestamp, word
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

_STAGE = pl.col("StageName").fill_null("").str.to_lowercase().str.replace_all("[^a-z]", "")


def _test_opportunity(_: Context) -> pl.Expr:
    return looks_like_test_subject(pl.col("Name"))


OPPORTUNITY = Export(
    source="salesforce",
    name="Opportunity",
    title="Opportunities: what may be sold, to whom, and how it went.",
    formats=FORMATS,
    ignore=VIEWED,
    known=names(
        """
        IsPrivate Description Probability ExpectedRevenue TotalOpportunityQuantity Type NextStep LeadSource
        ForecastCategory ForecastCategoryName CampaignId HasOpportunityLineItem Pricebook2Id OwnerId CreatedById
        LastModifiedById LastActivityDate LastActivityInDays LastStageChangeDate LastStageChangeInDays PushCount
        FiscalQuarter FiscalYear Fiscal HasOpenActivity HasOverdueTask LastAmountChangedHistoryId ContractId
        LastCloseDateChangedHistoryId SyncedQuoteId IqScore RecordTypeId
        """
    ),
    key="Id",
    clock=CLOCK,
    fields=(
        salesforce_id("Id", required=True),
        boolean("IsDeleted", blank=False),
        salesforce_id("AccountId"),
        salesforce_id("ContactId"),
        html("Name"),
        word("StageName"),
        decimal("Amount"),
        word("CurrencyIsoCode"),
        timestamp("CloseDate"),
        boolean("IsClosed", blank=False),
        boolean("IsWon", blank=False),
        timestamp("CreatedDate"),
        timestamp("LastModifiedDate"),
        timestamp("SystemModstamp"),
    ),
    deleted=pl.col("IsDeleted"),
    test=_test_opportunity,
    prepare={
        **MODIFIED,
        "is_won": pl.col("IsWon") | (_STAGE == "closedwon"),
        "is_closed": pl.col("IsClosed") | pl.col("is_won") | _STAGE.str.starts_with("closed"),
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
                        "customer_record": key_of("salesforce.Contact", "ContactId"),
                        "organization_id": key_of("salesforce.Account", "AccountId"),
                        "kind": pl.lit("opportunity"),
                        "stage": pl.col("StageName"),
                        "amount": pl.col("Amount"),
                        "currency": pl.col("CurrencyIsoCode").str.to_uppercase(),
                        "opened_at": pl.col("CreatedDate"),
                        # Until it is closed the date is a forecast.
                        "closed_at": pl.when("is_closed").then("CloseDate"),
                        "is_won": pl.when("is_closed").then("is_won"),
                    },
                ),
            ),
        ),
    ),
)
