"""The best known value of one attribute of a person, with what every source says."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, token
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import PLAIN_ATTRIBUTES

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
        Column("attribute", TEXT, "The attribute, such as email or country.", nullable=False),
        token("value", "The surviving value; a token where the attribute is personal.", BY_ATTRIBUTE, plain=PLAIN_ATTRIBUTES),
        Column("source_system", TEXT, "The source the value is from.", nullable=False),
        Column("rule", TEXT, "The survivorship rule that chose the value.", nullable=False),
        Column("confirmed_at", TIME, "When a source last confirmed the value.", unit="UTC"),
        Column("is_stale", BOOLEAN, "True where no source confirmed the value within the time set for the attribute."),
        Column(
            "source_values",
            SOURCE_VALUES,
            "What each source says and since when; values are tokens where the attribute is personal.",
            secret=BY_ATTRIBUTE,
            plain=PLAIN_ATTRIBUTES,
        ),
        Column("is_conflicting", BOOLEAN, "True where sources disagree.", nullable=False),
    ),
)
