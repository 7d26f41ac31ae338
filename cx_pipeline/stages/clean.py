"""Clean: of all delivered versions the ones that count, people resolved, every record's fate written down.

The canonical tables are made anew from all retained deliveries at every run, so a late or repeated delivery lands where it
belongs. Versions are decided on keys alone; the rows are then streamed past those that gave way.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline import faults
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.dedupe.reviews import number_versions
from cx_pipeline.dedupe.submits import double_submits
from cx_pipeline.identity import people, scores
from cx_pipeline.identity.decisions import load as load_overrides
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.quality.score import score_rows
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.stages import accounts, golden, key_record
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.fates import Fates, decide_fates
from cx_pipeline.stages.files import scratch_folder, whole_folder
from cx_pipeline.stages.forgetting.apply import keep_out
from cx_pipeline.stages.forgetting.suppressed import Suppressed
from cx_pipeline.stages.identity_tables import decided, identity_tables, with_events
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.journal import WARNING
from cx_pipeline.stages.landing import EXCLUDED
from cx_pipeline.stages.manifest import Entry, Status, firsts
from cx_pipeline.stages.purpose_bound import write_purpose_bound
from cx_pipeline.stages.retention import cutoffs, expire
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
    """Make the clean layer from every retained delivery.

    Raises:
        ConfigError: the key is not the one that the data folder's customer ids were made with.
    """
    key_record.settle(layout, tokeniser)
    overrides = load_overrides(layout, settings)
    for said in expire(settings, layout, run):
        progress(said)
    entries = retained(settings, layout)
    contents = contents_of(entries, settings, layout, progress)
    kept_back = [entry for entry in firsts(entries).values() if entry.status is Status.QUARANTINED]
    held = keep_out(contents, kept_back, Suppressed(layout), settings, layout, progress=progress)
    for name, reason in held.refused.items():
        progress(f"{WARNING}forgotten people may still stand in raw/{name}, which was not written anew: {reason}")
    with whole_folder(layout.lake_clean / "tables") as folder, scratch_folder(layout.lake_clean / "fates") as scratch:
        progress("deciding versions")
        fates = decide_fates(contents, scratch, limits=cutoffs(settings, run))
        progress("resolving people")
        resolved = people.resolve(
            fates.rows_of("customer_identities", contents),
            fates.rows_of(INTERNAL, contents),
            settings.identity,
            settings.mailboxes,
            registry,
            tokeniser,
            overrides,
            scores.load(layout.lake_clean / "scores"),
        )
        if resolved.scores is not None:
            scores.save(layout.lake_clean / "scores", resolved.scores)
        kept = with_events(registry, resolved.registry, run)
        decided(resolved.links).write_parquet(folder / "quality.dedup_decisions.parquet")
        resolved = resolved._replace(links=resolved.links.clear(), scores=None)  # large, and written
        lookups = people.Lookups(
            resolved.membership,
            _references("agents", ["agent_id", "is_bot"], contents, fates),
            _references("interactions", ["interaction_id", "is_deleted"], contents, fates),
            _references("organizations", ["organization_id"], contents, fates),
            tokeniser,
        )
        rows = {}
        for name, table in tables().items():
            if table.derived or table.internal:
                continue
            progress(f"cleaning {name}")
            target = folder / f"{name}.parquet"
            people.attach(fates.rows_of(name, contents), table, lookups, resolved).sink_parquet(
                target, compression="zstd", compression_level=1
            )
            rows[name] = pl.scan_parquet(target, glob=False).select(pl.len()).collect().item()
            faults.point("clean.after_table")
        _mark_double_submits(folder, fates.rows_of(ORIGINS, contents))
        _rewrite(folder / "reviews.parquet", number_versions(pl.scan_parquet(folder / "reviews.parquet", glob=False)))
        persons = fates.rows_of(INTERNAL, contents)
        progress("choosing what survives")
        rows["customer_attributes"] = golden.write_attributes(folder, scratch, persons, lookups.customers, settings, run)
        progress("settling consents")
        rows["consents"] = golden.write_consents(folder, scratch, settings, run)
        customers = golden.complete_customers(resolved.derived["customers"], folder / "customer_attributes.parquet")
        for name, made in {**resolved.derived, "customers": customers}.items():
            made.write_parquet(folder / f"{name}.parquet")
            rows[name] = made.height
        progress("asking who permits what")
        bound = write_purpose_bound(folder, scratch, settings.consent)
        rows |= bound.rows
        progress("writing the ledger")
        proof = accounts.all_tables(entries, contents, fates, folder, run, layout, tokeniser.version)
        told = identity_tables(registry, kept, resolved.review, resolved.blocking, overrides, settings.identity, run)
        figures = {"scores": score_rows(bound.scores, run.run_id)}
        for name, frame in (proof | told | bound.quality | figures).items():
            frame.lazy().sink_parquet(folder / f"quality.{name}.parquet")
    faults.point("clean.after_tables")
    return Cleaned(rows, kept)


def retained(settings: Settings, layout: Layout) -> list[Entry]:
    """Every delivery, as the settings have it."""
    return [_under_policy(entry, settings) for entry in manifest(layout).entries()]


def _under_policy(entry: Entry, settings: Settings) -> Entry:
    """A delivery that was taken in before the settings excluded its export is left out like any other."""
    has_had_records = entry.has_records or entry.status is Status.EXPIRED
    if not has_had_records or f"{entry.source}.{entry.export}" not in settings.exclude:
        return entry
    return entry.model_copy(update={"status": Status.EXCLUDED, "rule": EXCLUDED})


def contents_of(
    entries: list[Entry],
    settings: Settings,
    layout: Layout,
    progress: Callable[[str], None] = lambda _: None,
    *,
    makes: bool = True,
) -> list[Content]:
    """Every content that counts, scrubbed under the present rules; with `makes` unset only those that are already."""
    chosen = [entry for entry in firsts(entries).values() if entry.status is Status.LANDED]
    if makes:
        scrub_contents(chosen, settings, layout, progress)  # what an upgrade of the rules made stale
    known = catalogue.exports()
    return [
        Content(entry, export, scrubbed(layout, export, entry, settings))
        for entry in chosen
        if (export := known.get(f"{entry.source}.{entry.export}")) is not None
    ]


def _references(name: str, columns: list[str], contents: list[Content], fates: Fates) -> pl.DataFrame:
    """What other tables refer to, of the records that count."""
    return fates.rows_of(name, contents).select(columns).unique().collect()


def _mark_double_submits(folder: Path, origins: pl.LazyFrame) -> None:
    """Name, beside each response, the earlier one that it only repeats."""
    path = folder / "survey_responses.parquet"
    responses, answers = pl.scan_parquet(path, glob=False), pl.scan_parquet(folder / "survey_answers.parquet", glob=False)
    found = double_submits(responses, answers, origins)
    if found.is_empty():
        return
    told = responses.drop("duplicate_of").join(found.lazy(), on="response_id", how="left", maintain_order="left")
    _rewrite(path, told.select(responses.collect_schema().names()))


def _rewrite(path: Path, rows: pl.LazyFrame) -> None:
    aside = path.with_suffix(".aside")
    rows.sink_parquet(aside, compression="zstd", compression_level=1)
    aside.replace(path)
