"""`cx-pipeline explain`: the story of one record.

No change log is stored: the rules are replayed on the one raw record, which lies in the raw layer under its content.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.commands.cells import cells
from cx_pipeline.commands.explain_customer import explain_customer
from cx_pipeline.errors import ConfigError
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.scrub.engine import replay
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.batch import row_prefix, scrub_batch
from cx_pipeline.stages.cells import raw_texts
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.manifest import Entry, Status, firsts, place_of
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.raw_columns import complete
from cx_pipeline.warehouse.reader import open_read_only


@dataclass(frozen=True)
class Place:
    """Where a record lies."""

    entry: Entry
    export: Export
    row_id: str
    record_number: int


def explain(
    settings: Settings, row_id: str | None, *, customer: str | None, record: str | None, show_values: bool, as_json: bool
) -> int:
    """Tell where something came from and what was done to it. Returns the exit code.

    Raises:
        ConfigError: when it is not said what to explain, or it is not known.
    """
    layout = Layout(settings.data_dir.absolute())
    if sum(item is not None for item in (row_id, customer, record)) != 1:
        raise ConfigError("say what to explain", expected="one of a row id, --customer ID or --record source.export:id")
    if customer is not None:
        return explain_customer(layout, customer, show_values=show_values, as_json=as_json)
    found = [_by_row_id(layout, row_id)] if row_id is not None else _by_record(layout, str(record))
    stories = [_story(place, settings, layout, show_values=show_values) for place in found]
    if as_json:
        console.emit(stories)
    else:
        for story in stories:
            _tell(story)
    return 0


def _by_row_id(layout: Layout, row_id: str) -> Place:
    prefix, _, number = row_id.partition("-")
    for entry in firsts(manifest(layout).entries()).values():
        is_its = row_prefix(entry.source, entry.export, entry.sha256) == prefix
        if is_its and number.isdecimal() and 1 <= int(number) <= entry.facts.records:
            return Place(entry, catalogue.get(f"{entry.source}.{entry.export}"), row_id, int(number))
    raise ConfigError(
        "no retained delivery holds this row", where=f"row id of {len(row_id)} characters", next_step="cx-pipeline status"
    )


def _by_record(layout: Layout, record: str) -> list[Place]:
    export_id, colon, source_id = record.partition(":")
    if not colon:
        raise ConfigError("a record is named source.export:id", expected="for example zendesk.tickets:123")
    export = catalogue.get(export_id)
    found = []
    for entry in firsts(manifest(layout).entries()).values():
        if (entry.source, entry.export) != (export.source, export.name) or entry.status is not Status.LANDED:
            continue
        parts = sorted(layout.lake_scrubbed.glob(f"{export.source}_{export.name}/{entry.content}-*/records/*.parquet"))
        if parts:
            rows = (
                pl.scan_parquet(parts, glob=False)
                .filter(pl.col("source_id") == source_id)
                .select("row_id", "record_number")
                .unique()
                .collect()
            )
            found += [Place(entry, export, str(row[0]), int(row[1])) for row in rows.sort("record_number").rows()]
    if not found:
        raise ConfigError("no retained delivery holds this record", where=export_id, next_step="cx-pipeline quarantine list")
    return found


def _story(place: Place, settings: Settings, layout: Layout, *, show_values: bool) -> dict[str, object]:
    source = place_of(layout, place.entry) / "records"
    columns = list(place.entry.facts.columns)
    batch = land.scan(source, columns).filter(pl.col("_record") == place.record_number).collect()
    story: dict[str, object] = {
        "row_id": place.row_id,
        "export": place.export.id,
        "file": shown(place.entry.path),
        "record_number": place.record_number,
        "fate": _fate(layout, place),
    }
    if batch.is_empty():
        return {**story, "line": None, "steps": [], "rows": {}, "broken_rules": _damage(source, place.record_number)}
    if place.entry.status is Status.QUARANTINED:
        quarantined = [{"table": None, "rule": place.entry.rule, "column": None}]
        return {**story, "line": batch["_line"][0], "steps": [], "rows": {}, "broken_rules": quarantined}
    facts = place.entry.facts
    context = context_of(place.export, source, settings, Path(place.entry.path).name, facts.columns, facts.labels)
    whole = complete(batch, place.export, context)
    steps = [
        {
            "column": field.column,
            "rule": step.rule.id,
            "version": step.rule.version,
            "what": step.rule.title,
            "before": _value(step.before, show_values),
            "after": _value(step.after, show_values),
        }
        for field, raw in zip(place.export.fields, raw_texts(whole, place.export.fields), strict=True)
        for step in replay(raw, field.rules(context), whole)
    ]
    made = scrub_batch(batch, place.export, place.entry.sha256, context)
    rows = {name: [cells(name, row, show_values=show_values) for row in frame.to_dicts()] for name, frame in made.tables.items()}
    broken = made.quarantined.select("table", "rule", "column").to_dicts()
    return {**story, "line": batch["_line"][0], "steps": steps, "rows": rows, "broken_rules": broken}


def _damage(source: Path, record_number: int) -> list[dict[str, object]]:
    rejects = land.scan_rejects(source).filter(pl.col("_record") == record_number)
    return rejects.select(pl.col("_line").alias("line"), "rule", "detail").collect().to_dicts()


def _value(value: object, show_values: bool) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value) if show_values else console.masked(str(value))


def _fate(layout: Layout, place: Place) -> dict[str, object]:
    if not layout.published.exists():
        return {"fate": "not published yet"}
    with open_read_only(layout.published) as connection:
        known = connection.execute("SELECT 1 FROM quality.deliveries WHERE delivery_id = ?", [place.entry.delivery_id]).fetchone()
        if known is None:
            return {"fate": "not published yet"}
        row = connection.execute(
            "SELECT fate, reason, gave_way_to FROM quality.row_fates WHERE row_id = ? AND delivery_id = ?",
            [place.row_id, place.entry.delivery_id],
        ).fetchone()
    return {"fate": "published"} if row is None else {"fate": row[0], "reason": row[1], "gave_way_to": row[2]}


def _tell(story: dict[str, object]) -> None:
    head = ("row_id", "export", "file", "record_number", "line")
    fate = story["fate"]
    assert isinstance(fate, dict)
    facts = [(name, story[name]) for name in head if story[name] is not None] + [
        (name, value) for name, value in fate.items() if value
    ]
    console.table("record", ("", "is"), [(name, str(value)) for name, value in facts])
    steps = story["steps"]
    assert isinstance(steps, list)
    if steps:
        keys = ("column", "rule", "before", "after", "what")
        console.table("what the rules did", keys, [[step[key] for key in keys] for step in steps])
    broken = story["broken_rules"]
    assert isinstance(broken, list)
    if broken:
        console.table("rules that were broken", tuple(broken[0]), [list(row.values()) for row in broken])
    rows = story["rows"]
    assert isinstance(rows, dict)
    for name, made in rows.items():
        for row in made:
            console.table(name, ("column", "value"), [(key, str(value)) for key, value in row.items()])
