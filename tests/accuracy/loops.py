"""What the marts of closed loops say, beside what the generator knows to have happened.

Of the pipeline's output only this is asked besides: which records are test records or tombstones, and whose a record is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cx_pipeline.synth.company import TEAMS
from cx_pipeline.synth.fixes import OF_CHAT, OF_TICKET, TAGS
from cx_pipeline.synth.vendors.intercom import site as messenger
from cx_pipeline.synth.vendors.zendesk import site as desk
from cx_pipeline.synth.world import World
from tests.accuracy.compare import asked, counts

_TEAMS = {"First line": "Care", "Second line": "Care", "Billing": "Billing", "Returns": "Returns", "Logistics": "Logistics"}
_TAGS = {"invoice": "Billing", "returns": "Returns", "delivery": "Logistics"}
DEPARTMENTS: list[dict[str, Any]] = [
    *(
        {
            "name": name,
            "tags": [tag for tag in TAGS if _TAGS.get(tag, "Product") == name],
            "called": [
                called
                for number, team in enumerate(TEAMS)
                if _TEAMS[team] == name
                for called in (f"zendesk.groups:{360_000_000_000 + number}", f"intercom.teams:{814_000 + number}")
            ],
        }
        for name in ("Billing", "Returns", "Logistics", "Product", "Care")
    ),
    {"name": "Board of fixes", "called": ["FIX"]},
]
"""How the tools of an invented world call its departments."""


def world_of(truth: Path) -> World:
    """The world that a truth is of."""
    told = counts(truth)["world"]
    return World(told["customers"], told["nights"], told["seed"], date.fromisoformat(told["first_night"]))


def rows_of(published: Path, sql: str) -> list[tuple[Any, ...]]:
    """Answer of the published file."""
    return asked(published, sql).rows()


def left_out(published: Path, table: str, key: str) -> set[str]:
    """Ids of test records and tombstones."""
    return {row[0] for row in rows_of(published, f"SELECT {key} FROM main.{table} WHERE is_deleted OR is_test")}


def feedback_loops(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of every piece of feedback that a fix was promised for: times, state and flags."""
    [(now,)] = rows_of(published, "SELECT now FROM quality.runs")
    gone = left_out(published, "interactions", "interaction_id")
    told = pl.read_parquet(truth / "feedback_actions" / "*.parquet").filter(pl.col("published") & ~pl.col("is_test"))
    expected: dict[str, list[Any]] = {}
    for row in told.iter_rows(named=True):
        if row["feedback_id"] not in gone:
            times = [
                row[name] and datetime.fromisoformat(row[name]).replace(tzinfo=None)
                for name in ("opened_at", "done_at", "told_at")
            ]
            expected.setdefault(row["feedback_id"] or row["action_id"], []).append(times)
    found = rows_of(
        published,
        """SELECT feedback_id, actions, opened_at, done_at, notified_at, state, is_notified_before_done, is_never_closed,
                  is_closed_without_notice FROM marts.feedback_loop WHERE actions > 0""",
    )
    return {row[0]: row[1:] for row in found}, {key: _judged(steps, now) for key, steps in expected.items()}


def _judged(steps: list[list[datetime | None]], now: datetime) -> tuple[Any, ...]:
    done = [moment for _, moment, _ in steps if moment]
    heard = [moment for _, _, moment in steps if moment]
    whole = len(done) == len(steps)
    closed = all(made and said and said >= made for _, made, said in steps)
    return (
        len(steps),
        min(opened for opened, _, _ in steps if opened),
        max(done) if whole else None,
        max(heard, default=None),
        "closed" if closed else "done" if whole else "open",
        any(said and not (made and made <= said) for _, made, said in steps),
        any(not made and opened and opened < now - timedelta(days=30) for opened, made, _ in steps),
        any(made and not said and made < now - timedelta(days=7) for _, made, said in steps),
    )


def feedback_routes(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of every ticket and conversation that a fix was promised for: where it belongs, and whether its agent's team is that."""
    world = world_of(truth)
    ids = {
        row[0] for row in rows_of(published, "SELECT feedback_id FROM marts.feedback_loop WHERE kind = 'contact' AND actions > 0")
    }
    known = pl.read_parquet(truth / "feedback_actions" / "*.parquet").filter(pl.col("published") & ~pl.col("is_test"))
    fixes = world.fixes.of(np.arange(world.fixes.count)).filter(pl.col("feedback") >= 0)
    order = [item["name"] for item in DEPARTMENTS]
    hidden = set(world.agents.filter("hidden")["agent"])
    expected: dict[str, Any] = {}
    for of, journeys, prefix, numbers in (
        (OF_TICKET, world.tickets, "zendesk.tickets:", desk.ticket_ids),
        (OF_CHAT, world.chats, "intercom.conversations:", messenger.conversation_ids),
    ):
        mine = fixes.filter(of=of)
        cases = journeys.of(mine["feedback"].to_numpy())
        for key, agent, replied in zip(numbers(mine["feedback"].to_numpy()), cases["agent"], cases["replied"], strict=True):
            told = known.filter(feedback_id=f"{prefix}{key}")["tag"]
            if f"{prefix}{key}" in ids:
                belongs = min((_TAGS.get(tag, "Product") for tag in told), key=order.index)
                # The desk's groups are of the agent who will take it; the messenger's of the one who has.
                lies = of == OF_TICKET or (replied <= world.timeline.end and agent not in hidden)
                reached = lies and _TEAMS[TEAMS[agent % len(TEAMS)]] == belongs
                expected[f"{prefix}{key}"] = (belongs, "tag", "reached" if reached else "elsewhere")
    found = rows_of(
        published, "SELECT feedback_id, department, decided_by, state FROM marts.feedback_routing WHERE decided_by = 'tag'"
    )
    return {row[0]: row[1:] for row in found if row[0] in ids}, expected
