"""A version of a public review."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, free_text, token
from cx_pipeline.contracts.conditions import COUNTRY, between, in_order, matches
from cx_pipeline.contracts.dtypes import BOOLEAN, NUMBER, TEXT, TIME, WHOLE
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="reviews",
    description="One version of a public review: an edit makes a new row.",
    key=("review_id", "version_number"),
    time="created_at",
    own=(
        Column("review_id", TEXT, "The review, over all its versions.", nullable=False),
        Column("platform", TEXT, "Where it was published, such as app_store or trustpilot.", nullable=False),
        Column("product", TEXT, "What is reviewed: the app, shop or place."),
        Column("territory", TEXT, "Country of the storefront, ISO 3166 alpha-2."),
        Column("app_version", TEXT, "Version of the app it was written about."),
        Column("rating", NUMBER, "Stars, 1 to 5.", unit="1 to 5"),
        token("author_token", "The author's public name.", "handle"),
        Column("created_at", TIME, "When the review was first written.", unit="UTC"),
        Column("updated_at", TIME, "When this version was written.", unit="UTC"),
        Column("replied_at", TIME, "When the company answered.", unit="UTC"),
        Column("version_number", WHOLE, "Place among the review's versions, from 1.", nullable=False),
        Column("is_current", BOOLEAN, "True for the newest version of the review.", nullable=False),
        free_text("text_title", "Title."),
        free_text("text_body", "Text."),
    ),
    own_rules=(
        between("reviews.rating_outside_scale", "rating", 1, 5),
        matches("reviews.territory_malformed", "territory", COUNTRY, "an ISO 3166 alpha-2 code", repair=True),
        RowRule(
            id="reviews.version_number_below_one",
            version=1,
            title="version_number is at least 1",
            columns=("version_number",),
            action=Action.QUARANTINE,
            check=pl.col("version_number") >= 1,
            unknown_is_fine=True,
        ),
        in_order("reviews.updated_before_created", "created_at", "updated_at"),
        in_order("reviews.replied_before_created", "created_at", "replied_at"),
    ),
)
