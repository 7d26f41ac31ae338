"""Two small contracts with every kind of column a suite looks at, good rows for them, and the files they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.staged_table import from_contract
from cx_pipeline.warehouse.staging import StagedFile

CANARY = "canary.person@example.org"
TOKEN = "k1_" + "a2" * 13

TEAMS = Table(
    name="teams",
    description="A team.",
    key=("team_id",),
    derived=True,
    own=(Column("team_id", TEXT, "The team.", nullable=False), Column("parent_team_id", TEXT, "The team above it.")),
)
CALLS = Table(
    name="calls",
    description="A call.",
    key=("call_id", "leg"),
    time="opened_at",
    derived=True,
    own=(
        Column("call_id", TEXT, "The call.", nullable=False),
        Column("leg", TEXT, "The leg; null for the first."),
        Column("team_id", TEXT, "The team that took it."),
        Column("kind", TEXT, "What it was.", words=("inbound", "outbound")),
        Column("opened_at", TIME, "When it began.", unit="UTC"),
        Column("caller_token", TEXT, "Who called.", secret="phone"),
        Column("consent", pl.Struct({"kind": TEXT, "token": TEXT}), "Who agreed.", secret="by:.kind"),
        Column("text_note", TEXT, "What was said.", secret="text"),
        Column("is_deleted", BOOLEAN, "True for a tombstone.", nullable=False),
    ),
)
TABLES = (TEAMS, CALLS)

GOOD_CALL: dict[str, Any] = {
    "call_id": "0007",
    "leg": None,
    "team_id": "t1",
    "kind": "inbound",
    "opened_at": datetime(2026, 1, 5, 2),
    "caller_token": TOKEN,
    "consent": {"kind": "phone", "token": TOKEN},
    "text_note": None,
    "is_deleted": False,
}
CALL_ROWS: list[dict[str, Any]] = [
    GOOD_CALL,
    {**GOOD_CALL, "leg": "1"},
    {**GOOD_CALL, "call_id": "7", "caller_token": None, "consent": None, "kind": None, "opened_at": None, "is_deleted": True},
]
TEAM_ROWS: list[dict[str, Any]] = [{"team_id": "t1", "parent_team_id": None}, {"team_id": "t2", "parent_team_id": "t1"}]


def staged(folder: Path, calls: list[dict[str, Any]] | None = None, teams: list[dict[str, Any]] | None = None) -> Path:
    """A staged file with the given rows (good ones when None); unlike a real one it lets nulls in anywhere."""
    layout = Layout(folder)
    layout.prepare()
    with StagedFile(layout, "run1", storage_version="v1.4.0") as file:
        for table, rows in ((TEAMS, teams), (CALLS, calls)):
            given = {TEAMS: TEAM_ROWS, CALLS: CALL_ROWS}[table] if rows is None else rows
            form = from_contract(table)
            lenient = replace(form, columns=tuple(replace(column, nullable=True) for column in form.columns))
            file.write_frames(lenient, [pl.DataFrame(given, schema=table.published_schema)])
    return file.path


def with_call(**changes: Any) -> list[dict[str, Any]]:
    """The good calls and one more that differs as said."""
    return [*CALL_ROWS, {**GOOD_CALL, "call_id": "9", **changes}]


def only(mapping: Mapping[str, str], word: str) -> list[str]:
    """Names that a mapping gives a word to."""
    return sorted(name for name, given in mapping.items() if given == word)
