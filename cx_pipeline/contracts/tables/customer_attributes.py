"""The best known value of one attribute of a person, with what every source says."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, token
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import ATTRIBUTE, PLAIN_ATTRIBUTES, SURVIVORSHIP_RULE

BY_ATTRIBUTE = "by:attribute"
SOURCE_VALUES = pl.List(pl.Struct({"source": TEXT, "value": TEXT, "updated_at": TIME}))

TABLE = Table(
    name="customer_attributes",
    description="One attribute of one person: the value that survived, the rule that chose it, and what each source says.",
    key=("customer_id", "attribute"),
    time="confirmed_at",
    derived=True,
    own=(
        Column("customer_id", TEXT, "The person.", nullable=False),
        Column("attribute", TEXT, "The attribute, such as email or country.", nullable=False, words=ATTRIBUTE),
        token("value", "The surviving value; a token where the attribute is personal.", BY_ATTRIBUTE, plain=PLAIN_ATTRIBUTES),
        Column("source_system", TEXT, "The source the value is from.", nullable=False),
        Column(
            "rule",
            TEXT,
            "What decided between the value and the runner-up: trust in the source, recency of its last confirmation, frequency "
            "(sources that say it), completeness (its length, or others are parts of it); only_value where there is no other, "
            "others_set_aside where all others are a role mailbox, shared, or of a test or deleted record, smallest_value where "
            "nothing tells them apart.",
            nullable=False,
            words=SURVIVORSHIP_RULE,
        ),
        Column("confirmed_at", TIME, "When a source last confirmed the value; null where none says when.", unit="UTC"),
        Column(
            "is_stale",
            BOOLEAN,
            "True where no source confirmed the value within the time set for the attribute; null where none says when.",
        ),
        Column(
            "source_values",
            SOURCE_VALUES,
            "What each source says and when it last confirmed it, the surviving value first; values are tokens where the "
            "attribute is personal.",
            nullable=False,
            secret=BY_ATTRIBUTE,
            plain=PLAIN_ATTRIBUTES,
        ),
        Column(
            "is_conflicting",
            BOOLEAN,
            "True where sources disagree by what each now says, compared in one form: case, accents, punctuation, the order of "
            "names and parts of a name aside. Organizations have other ids in every source, so they never conflict.",
            nullable=False,
        ),
    ),
)
