"""Cells of ServiceNow records: values and display values, references, written durations, and journals of comments.

A field comes as its value, as what people see, or as an object of both, as whoever exported it chose; lists exported from the
screen carry labels in place of names and no record id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.sources.columns import written
from cx_pipeline.sources.export import Context
from cx_pipeline.sources.spellings import spelt

NAMES: dict[str, tuple[str, ...]] = {
    "sys_id": ("id",),
    "number": ("task_effective_number", "incident number"),
    "opened_at": ("opened", "opened at"),
    "sys_created_on": ("created",),
    "sys_updated_on": ("updated",),
    "resolved_at": ("resolved",),
    "closed_at": ("closed",),
    "reopened_time": ("reopened",),
    "caller_id": ("caller", "caller_id_value"),
    "caller_email": ("caller_id.email", "email"),
    "caller_phone": ("caller_id.phone", "caller_id.mobile_phone"),
    "opened_by": ("opened_by_value",),
    "resolved_by": ("resolved_by_value",),
    "closed_by": ("closed_by_value",),
    "assigned_to": ("assigned_to_value",),
    "assignment_group": ("assignment_group_value",),
    "company": ("company_value",),
    "parent_incident": ("parent_incident_value",),
    "state": (),
    "incident_state": (),
    "priority": (),
    "category": (),
    "contact_type": ("channel",),
    "short_description": (),
    "description": (),
    "comments": ("additional comments",),
    "work_notes": (),
    "comments_and_work_notes": (),
    "calendar_duration": ("duration",),
    "calendar_stc": ("resolve time",),
    "reopen_count": (),
    "deleted": ("_fivetran_deleted",),
}
REFERENCES = (
    "caller_id",
    "opened_by",
    "resolved_by",
    "closed_by",
    "assigned_to",
    "assignment_group",
    "company",
    "parent_incident",
)
DURATIONS = ("calendar_duration",)
_JOURNALS = ("comments", "work_notes", "comments_and_work_notes")
_ID = "^[0-9A-Fa-f]{32}$"
_ENTRY = r"(?m)^(\d[^\n]{7,24}?) - ([^\n]{1,120}?) \(([^()\n]{3,60})\)[ \t\r]*$"
_BEGINS, _PARTS = "\x1e", "\x1f"


def shown(reference: str) -> str:
    """Column of what people see of a reference, such as a name."""
    return f"{reference} shown"


def derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    """Every field under its own name as one text, references as an id and as what is shown of it."""
    if "result" in columns and "sys_id" not in columns:
        # The answer for one record: an object where lists hold an array.
        cells = {name: pl.col("result").str.json_path_match(f"$.{name}") for name in NAMES}
    else:
        there = {name: pl.col(name) for name in NAMES if name in columns}
        cells = {**there, **spelt(NAMES)(columns, context)}
    made: dict[str, pl.Expr] = {}
    for name, cell in cells.items():
        is_both = cell.str.starts_with("{").fill_null(value=False)
        value, display = (pl.when(is_both).then(cell).str.json_path_match(path) for path in ("$.value", "$.display_value"))
        whole = pl.when(is_both).then(pl.coalesce(pl.when(value != "").then(value), display)).otherwise(cell)
        if name in REFERENCES:
            made[shown(name)] = pl.coalesce(display, pl.when(~is_both & ~cell.str.contains(_ID)).then(cell))
            whole = pl.when(whole.str.contains(_ID)).then(whole)
        elif name in _JOURNALS:
            # What a journal says is in what is shown of it.
            whole = pl.coalesce(pl.when(display != "").then(display), whole)
        elif name in DURATIONS:
            whole = _period(whole)
        made[name] = whole
    if "number" in made:
        number = made["number"]
        made["sys_id"] = pl.coalesce(pl.when(made["sys_id"] != "").then(made["sys_id"]), number) if "sys_id" in made else number
    return made


def _period(text: pl.Expr) -> pl.Expr:
    """`1 Day 9 Hours 46 Minutes` as an ISO 8601 period; anything else as it is."""
    said = r"(?i)^\s*(?:\d+\s*(?:day|hour|minute|second)s?\W*)+$"

    def part(unit: str) -> pl.Expr:
        return text.str.extract(rf"(?i)(\d+)\s*{unit}").fill_null("0")

    period = pl.format("P{}DT{}H{}M{}S", part("day"), part("hour"), part("minute"), part("second"))
    return pl.when(text.str.contains(said)).then(period).otherwise(text)


def entries(batch: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Entries of the journals: `said_at`, `author`, `kind` and `text`, in the order of the record.

    A journal is one text, each entry under a line with time, author and kind. Where a record has the journal of both kinds,
    those of one kind repeat it.
    """
    del context
    there = [name for name in _JOURNALS if name in batch.columns]
    texts = {name: pl.col(name) if name in there else pl.lit(None, dtype=pl.String) for name in _JOURNALS}
    both = texts["comments_and_work_notes"]
    apart = pl.concat_str(texts["comments"], texts["work_notes"], separator="\n", ignore_nulls=True)
    has_both = written("comments_and_work_notes") if "comments_and_work_notes" in there else pl.lit(value=False)
    journal = pl.when(has_both).then(both).otherwise(apart)
    marked = journal.str.replace_all(_ENTRY, f"{_BEGINS}${{1}}{_PARTS}${{2}}{_PARTS}${{3}}{_PARTS}")
    pieces = (
        batch.select("_record", marked.str.split(_BEGINS).alias("piece"))
        .explode("piece")
        .filter(pl.col("piece").str.contains(_PARTS, literal=True))
    )
    parts = pl.col("piece").str.splitn(_PARTS, 4)
    return pieces.select(
        "_record",
        *(parts.struct.field(f"field_{place}").alias(name) for place, name in enumerate(("said_at", "author", "kind", "text"))),
    )
