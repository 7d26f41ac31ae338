"""Clean: of all delivered versions the ones that count, people resolved, every record's fate written down.

The canonical tables are made anew from all retained deliveries at every run, so a late or repeated delivery lands where it
belongs. Versions are decided on keys alone; the rows are then streamed through a semi-join.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline import faults
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.table import Table
from cx_pipeline.dedupe.reviews import number_versions
from cx_pipeline.dedupe.submits import double_submits
from cx_pipeline.dedupe.versions import KEYS, TOLD, decide
from cx_pipeline.identity import people
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.stages import accounts
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.files import whole_folder
from cx_pipeline.stages.intake import EXCLUDED, manifest
from cx_pipeline.stages.manifest import Entry, Status, firsts
from cx_pipeline.stages.run import Run
from cx_pipeline.stages.scrub import scrub_contents, scrubbed

INTERNAL, ORIGINS = "people", "response_origins"


class Cleaned(NamedTuple):
    """What the clean stage left: rows a table, and the registry that the published file will carry."""

    rows: dict[str, int]
    registry: Assignment


def clean(
    settings: Settings,
    layout: Layout,
    run: Run,
    tokeniser: Tokeniser,
    registry: Assignment,
    progress: Callable[[str], None] = lambda _: None,
) -> Cleaned:
    """Make the clean layer from every retained delivery."""
    entries = [_under_policy(entry, settings) for entry in manifest(layout).entries()]
    contents = _contents(entries, settings, layout, progress)
    progress("deciding versions")
    fates = _fates(contents)
    winners = fates.filter(pl.col("fate") == "published").select("row_id")
    with whole_folder(layout.lake_clean / "tables") as folder:
        persons = _collect(INTERNAL, contents, winners)
        identities = _collect("customer_identities", contents, winners)
        progress("resolving people")
        resolved = people.resolve(identities, persons, settings.identity, settings.mailboxes, registry, tokeniser)
        agents = _collect("agents", contents, winners)
        lookups = people.Lookups(
            resolved.membership,
            agents,
            _references("interactions", ["interaction_id", "is_deleted"], contents, winners),
            _references("organizations", ["organization_id"], contents, winners),
            tokeniser,
        )
        rows = {}
        for name, table in tables().items():
            if table.derived or table.internal:
                continue
            progress(f"cleaning {name}")
            source = (
                identities.lazy()
                if name == "customer_identities"
                else _log(table, contents, fates)
                if table.is_log
                else _scan(name, contents).join(winners.lazy(), on="row_id", how="semi")
            )
            target = folder / f"{name}.parquet"
            people.attach(source, table, lookups, resolved).sink_parquet(target, compression="zstd", compression_level=1)
            rows[name] = pl.scan_parquet(target).select(pl.len()).collect().item()
            faults.point("clean.after_table")
        _mark_double_submits(folder, _scan(ORIGINS, contents).join(winners.lazy(), on="row_id", how="semi"))
        _rewrite(folder / "reviews.parquet", number_versions(pl.scan_parquet(folder / "reviews.parquet")))
        for name, frame in resolved.derived.items():
            frame.write_parquet(folder / f"{name}.parquet")
            rows[name] = frame.height
        progress("writing the ledger")
        for name, frame in accounts.all_tables(entries, contents, fates, resolved.links, folder, run, layout).items():
            frame.write_parquet(folder / f"quality.{name}.parquet")
    faults.point("clean.after_tables")
    return Cleaned(rows, resolved.registry)


def _mark_double_submits(folder: Path, origins: pl.LazyFrame) -> None:
    """Name, beside each response, the earlier one that it only repeats."""
    path = folder / "survey_responses.parquet"
    responses, answers = pl.scan_parquet(path), pl.scan_parquet(folder / "survey_answers.parquet")
    found = double_submits(responses, answers, origins)
    if found.is_empty():
        return
    told = responses.drop("duplicate_of").join(found.lazy(), on="response_id", how="left", maintain_order="left")
    _rewrite(path, told.select(responses.collect_schema().names()))


def _rewrite(path: Path, rows: pl.LazyFrame) -> None:
    aside = path.with_suffix(".aside")
    rows.sink_parquet(aside, compression="zstd", compression_level=1)
    aside.replace(path)


def _under_policy(entry: Entry, settings: Settings) -> Entry:
    """A delivery that was taken in before the settings excluded its export is left out like any other."""
    if not entry.has_records or f"{entry.source}.{entry.export}" not in settings.exclude:
        return entry
    return entry.model_copy(update={"status": Status.EXCLUDED, "rule": EXCLUDED})


def _contents(entries: list[Entry], settings: Settings, layout: Layout, progress: Callable[[str], None]) -> list[Content]:
    chosen = [entry for entry in firsts(entries).values() if entry.status is Status.LANDED]
    scrub_contents(chosen, settings, layout, progress)  # what an upgrade of the rules made stale
    known = catalogue.exports()
    return [
        Content(entry, export, scrubbed(layout, export, entry, settings))
        for entry in chosen
        if (export := known.get(f"{entry.source}.{entry.export}")) is not None
    ]


def _fates(contents: list[Content]) -> pl.DataFrame:
    decided = []
    for export in sorted({content.export.id for content in contents}):
        keys = [
            pl.scan_parquet(content.folder / "records" / "*.parquet").select(
                "row_id",
                "source_id",
                "content",
                "clock_0",
                "clock_1",
                pl.lit(content.entry.date).alias("date"),
                pl.lit(content.entry.delivery_id).alias("delivery_id"),
                "record_number",
            )
            for content in contents
            if content.export.id == export and any((content.folder / "records").glob("*.parquet"))
        ]
        if keys:
            decided.append(decide(pl.concat(keys).collect()).with_columns(pl.lit(export).alias("export")))
    empty = decide(pl.DataFrame(schema=KEYS)).with_columns(pl.lit("").alias("export"))
    return pl.concat([empty, *decided])


def _scan(name: str, contents: list[Content]) -> pl.LazyFrame:
    schema = pl.Schema({"_record": pl.Int64(), "_line": pl.Int64(), **tables()[name].lake_schema})
    parts = [part for content in contents for part in content.parts(name)]
    return pl.scan_parquet(parts, schema=schema) if parts else pl.LazyFrame(schema=schema)


def _log(table: Table, contents: list[Content], fates: pl.DataFrame) -> pl.LazyFrame:
    """What every version of a record told; what several tell stands as the newest has it."""
    told = fates.filter(pl.col("fate").is_in(TOLD)).select("row_id", (pl.col("fate") == "published").alias("_newest"))
    rows = _scan(table.name, contents).join(told.lazy(), on="row_id", how="inner")
    ordered = rows.sort("_newest", "row_id", *table.lake_key, descending=[True, False, *[False] * len(table.lake_key)])
    return ordered.unique(table.lake_key, keep="first", maintain_order=True).drop("_newest")


def _references(name: str, columns: list[str], contents: list[Content], winners: pl.DataFrame) -> pl.DataFrame:
    """What other tables refer to, of the records that count."""
    rows = _scan(name, contents).select("row_id", *columns)
    return rows.join(winners.lazy(), on="row_id", how="semi").select(columns).unique().collect()


def _collect(name: str, contents: list[Content], winners: pl.DataFrame) -> pl.DataFrame:
    return _scan(name, contents).join(winners.lazy(), on="row_id", how="semi").collect().sort("row_id")
