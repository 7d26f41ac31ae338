"""Users of Salesforce: agents and integrations."""

from __future__ import annotations

import polars as pl

from cx_pipeline.sources.columns import boolean, each, key_of, names, person_name, salesforce_id, timestamp, word
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.salesforce.standard import CLOCK, FORMATS, MODIFIED, VIEWED

USER = Export(
    source="salesforce",
    name="User",
    title="Users: agents and integrations.",
    formats=FORMATS,
    ignore=VIEWED | frozenset({"LastLoginDate"}),
    known=names(
        """
        Username Email Title CompanyName Street City State PostalCode Country Phone MobilePhone Alias CommunityNickname
        ProfileId LocaleSidKey LanguageLocaleKey EmailEncodingKey EmployeeNumber CreatedById LastModifiedById
        FederationIdentifier ContactId AccountId
        """
    ),
    key="Id",
    clock=CLOCK,
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
    prepare=MODIFIED,
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
