"""A change of consent."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import BY_OWN_KIND, Column, customer, enum, record_id
from cx_pipeline.contracts.conditions import expected, in_order
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import CONSENT_STATE, IDENTITY_KIND

_KIND = pl.col("identity").struct.field("kind")
_IDENTIFIER = pl.col("identity").struct.field("token")

TABLE = Table(
    name="consent_events",
    description="One change of consent, for one identity, channel and purpose. The log is only ever added to.",
    key=("event_id",),
    time="occurred_at",
    is_log=True,
    own=(
        record_id("event_id", "event", several=True),
        Column(
            "identity",
            pl.Struct({"kind": TEXT, "token": TEXT}),
            "Who decided: the kind of identifier the source knows them by, and its keyed token.",
            nullable=False,
            secret=BY_OWN_KIND,
        ),
        customer("The person who decided."),
        Column("channel", TEXT, "The channel it is about, such as email or phone; any for all."),
        Column("purpose", TEXT, "What the data may be used for, as a fideslang data use where one fits.", nullable=False),
        *enum("state", CONSENT_STATE, "What was decided; unknown is never a yes.", nullable=False),
        Column("legal_basis", TEXT, "Legal basis, as the source names it."),
        Column("occurred_at", TIME, "When it was decided.", unit="UTC"),
        Column("expires_at", TIME, "Until when it holds; null for no end.", unit="UTC"),
        Column("receipt_id", TEXT, "The consent receipt at the source."),
    ),
    own_rules=(
        RowRule(
            id="consent_events.identity_incomplete",
            version=1,
            title="identity has a kind of identifier that is known, and an identifier",
            columns=("identity",),
            action=Action.QUARANTINE,
            check=pl.col("identity").is_null() | (_KIND.is_in(list(IDENTITY_KIND)) & (_IDENTIFIER != "")),
        ),
        expected(
            "consent_events.grant_without_time",
            "a grant says when it was given",
            pl.col("occurred_at").is_not_null() | (pl.col("state") != "granted"),
        ),
        in_order("consent_events.expires_before_occurred", "occurred_at", "expires_at"),
    ),
)
