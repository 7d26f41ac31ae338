"""One multi_asset a vendor: its exports landed as text, then scrubbed into canonical rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg

from assets.names import DELIVERIES, OWNERS, raw_key, scrubbed_key
from assets.partitions import DELIVERY_DATES
from assets.resources import Pipeline
from checks.deliveries import CONTRACT_KEPT, READABLE, SCHEMA_KNOWN, contract_check, readable_check, schema_check
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality.drift import Drift
from cx_pipeline.sources.catalogue import by_source
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.drift import differences
from cx_pipeline.stages.intake import take_in
from cx_pipeline.stages.manifest import Entry
from cx_pipeline.stages.scrub import Outcome, scrub_contents


def _specs(export: Export) -> list[dg.AssetSpec]:
    group = export.source
    raw, clean = raw_key(export.source, export.name), scrubbed_key(export.source, export.name)
    feeds = ", ".join(mapping.table for mapping in export.tables if not tables()[mapping.table].internal)
    return [
        dg.AssetSpec(
            raw,
            description=f"{export.title} As delivered: every column text, record numbers kept.",
            group_name=group,
            owners=OWNERS,
            kinds={"polars", "parquet"},
            metadata={"dagster/column_schema": _raw_schema(export)},
        ),
        dg.AssetSpec(
            clean,
            deps=[raw],
            description=f"{export.title} Typed, normalised and mapped to {feeds}; rows that break their contract are kept back.",
            group_name=group,
            owners=OWNERS,
            kinds={"polars", "pandera"},
        ),
    ]


def _raw_schema(export: Export) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, "text") for name in sorted(export.reads)])


def _checks(export: Export) -> list[dg.AssetCheckSpec]:
    raw, clean = raw_key(export.source, export.name), scrubbed_key(export.source, export.name)
    return [
        dg.AssetCheckSpec(READABLE, asset=raw, description="Every file could be read, and had its required columns."),
        dg.AssetCheckSpec(SCHEMA_KNOWN, asset=raw, description="Columns are known, and as in the last file."),
        dg.AssetCheckSpec(CONTRACT_KEPT, asset=clean, description="No record broke the contract of its table (Pandera)."),
    ]


def _vendor(source: str, exports: list[Export]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"{source}_exports",
        specs=[spec for export in exports for spec in _specs(export)],
        check_specs=[check for export in exports for check in _checks(export)],
        partitions_def=DELIVERY_DATES,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=f"Everything that {source} exported on the run's delivery dates.",
    )
    def vendor(context: dg.AssetExecutionContext, pipeline: Pipeline) -> Iterator[dg.MaterializeResult[None]]:
        dates = [date.fromisoformat(key) for key in context.partition_keys]
        try:
            entries = take_in(pipeline.settings, pipeline.layout, dates, {source}, pipeline.progress)
            outcomes = scrub_contents(entries, pipeline.settings, pipeline.layout, pipeline.progress)
        except OSError as error:
            # A share that is away for a moment is worth another try; a bug or a bad setting is not.
            raise dg.RetryRequested(max_retries=2, seconds_to_wait=5) from error
        for export in exports:
            mine = [entry for entry in entries if entry.export == export.name]
            yield _landed(export, mine, differences(mine, export, pipeline.layout))
            yield _scrubbed(export, [outcomes[entry.content] for entry in mine if entry.content in outcomes])

    return vendor


def _landed(export: Export, entries: list[Entry], drifts: Mapping[str, list[Drift]]) -> dg.MaterializeResult[None]:
    status = Counter(str(entry.status) for entry in entries)
    return dg.MaterializeResult(
        asset_key=raw_key(export.source, export.name),
        metadata={
            "dagster/row_count": sum(entry.facts.records - entry.facts.damaged for entry in entries),
            "damaged_records": sum(entry.facts.damaged for entry in entries),
            "files": len(entries),
            "files_by_status": dict(status),
        },
        check_results=[readable_check(export, entries), schema_check(export, entries, drifts)],
    )


def _scrubbed(export: Export, outcomes: list[Outcome]) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key=scrubbed_key(export.source, export.name),
        metadata={
            "dagster/row_count": sum(outcome.records_out for outcome in outcomes),
            "quarantined_records": sum(outcome.quarantined for outcome in outcomes),
        },
        check_results=[contract_check(export, outcomes)],
    )


@dg.asset(
    key=DELIVERIES,
    partitions_def=DELIVERY_DATES,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="deliveries",
    owners=OWNERS,
    kinds={"file"},
    description="Files in folders of tools that no source declares: recorded, never silently passed over.",
)
def deliveries(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult[None]:
    """Record what belongs to no known vendor."""
    from cx_pipeline.extract.delivery import discover  # noqa: PLC0415

    dates = [date.fromisoformat(key) for key in context.partition_keys]
    found = discover(pipeline.settings.raw)
    strange = {file.source for file in found.files} - set(by_source())
    entries = take_in(pipeline.settings, pipeline.layout, dates, strange, pipeline.progress) if strange else []
    return dg.MaterializeResult(metadata={"unrecognised_files": len(entries), "passed_over": len(found.skipped)})


VENDORS = [deliveries, *(_vendor(source, exports) for source, exports in sorted(by_source().items()))]
