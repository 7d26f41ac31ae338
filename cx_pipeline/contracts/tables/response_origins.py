"""Where a response came from: what double submits are known by."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="response_origins",
    description="The network or device that a response came from. Stays in the lake; double submits are found by it.",
    key=("response_id",),
    internal=True,
    own=(
        Column("response_id", TEXT, "The response, as its record key.", nullable=False),
        Column("network", TEXT, "What the source knows the network or device by: its own id, or an address.", nullable=False),
    ),
)
