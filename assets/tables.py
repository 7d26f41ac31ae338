"""The unpartitioned half: clean tables, the staged file, and publishing it."""

from collections.abc import Iterator

import dagster as dg

from assets.names import AI_CANDIDATE, OWNERS, PUBLISHED, STAGED, WRITER_POOL, clean_key, mart_key, scrubbed_key
from assets.pictures import pictures
from assets.resources import Pipeline
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.describe import describe
from cx_pipeline.contracts.table import Table
from cx_pipeline.marts.catalogue import GIVEN, marts
from cx_pipeline.marts.mart import Mart
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.stages import ai_journal, journal
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.key_record import tokeniser_of
from cx_pipeline.stages.release import keep_registry, registry_in_force, release

_FILLED = {mapping.table for export in exports().values() for mapping in export.tables if not tables()[mapping.table].internal}
_IDENTITY = frozenset({"people", "customer_identities"})
_DERIVED = {
    "customers": _IDENTITY,
    "customer_attributes": _IDENTITY,
    "consents": frozenset({"consent_events", "customer_identities"}),
    "consent_words": frozenset({"consent_events"}),
    "contactable_customers": _IDENTITY | {"consent_events"},
}
_TABLES = sorted(_FILLED | set(_DERIVED))


def _schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(row["column"], row["type"], row["meaning"]) for row in describe(table)])


def _feeders(name: str) -> list[dg.AssetKey]:
    """The exports whose records reach a table; derived tables come from what they are made of."""
    wanted = _DERIVED.get(name, {name})
    return [
        scrubbed_key(export.source, export.name)
        for export in exports().values()
        if wanted & {mapping.table for mapping in export.tables}
    ]


@dg.multi_asset(
    name="clean_tables",
    specs=[
        dg.AssetSpec(
            clean_key(name),
            deps=_feeders(name),
            description=f"{tables()[name].description} One current row a record, over all retained deliveries.",
            group_name="clean",
            owners=OWNERS,
            kinds={"polars", "parquet"},
            metadata={"dagster/column_schema": _schema(tables()[name])},
        )
        for name in _TABLES
    ],
    description="Versions decided, people resolved, references joined, every record's fate written down.",
)
def clean_tables(pipeline: Pipeline) -> Iterator[dg.MaterializeResult[None]]:
    """Make the clean layer."""
    layout = pipeline.layout
    tokeniser = tokeniser_of(pipeline.settings, layout)
    made = clean(pipeline.settings, layout, pipeline.run, tokeniser, registry_in_force(layout), pipeline.progress)
    pipeline.beside.begin()  # it has loaded what it needs when the file is built
    keep_registry(layout, pipeline.run, made.registry)
    drawn = pictures(layout.lake_clean / "tables", pipeline.settings.identity.match_probability)
    for name in _TABLES:
        shown = {title: dg.MetadataValue.md(text) for title, text in drawn.items()} if name == "customers" else {}
        yield dg.MaterializeResult(asset_key=clean_key(name), metadata={"dagster/row_count": made.rows.get(name, 0), **shown})


def _read_by(mart: Mart) -> list[dg.AssetKey]:
    """The clean tables and marts that a mart is made of; what comes from the settings or the run's books is no asset."""
    given = {item.id for item in GIVEN}
    split = [name.partition(".") for name in mart.reads if name not in given]
    keys = {"main": clean_key, "marts": mart_key}
    return [keys[schema](name) for schema, _, name in split if schema in keys]


@dg.multi_asset(
    name="cx_staged",
    specs=[
        *(
            dg.AssetSpec(
                mart_key(name),
                deps=_read_by(mart),
                description=mart.description,
                group_name="marts",
                owners=OWNERS,
                kinds={"duckdb", "view" if mart.is_view else "table"},
                metadata={
                    "dagster/column_schema": dg.TableSchema(
                        [dg.TableColumn(column.name, column.type, column.comment) for column in mart.columns]
                    )
                },
            )
            for name, mart in marts().items()
        ),
        dg.AssetSpec(
            STAGED,
            deps=[*(clean_key(name) for name in _TABLES), *(mart_key(name) for name in marts())],
            description="The next cx.duckdb, built aside: tables with tokens in place of identifiers, marts, quality tables, "
            "comments.",
            group_name="warehouse",
            owners=OWNERS,
            kinds={"duckdb"},
        ),
    ],
    pool=WRITER_POOL,
    description="One file, written by one writer: the tables, then the marts over them.",
)
def cx_staged(pipeline: Pipeline) -> Iterator[dg.MaterializeResult[None]]:
    """Build the staged file."""
    settings = pipeline.settings
    tokeniser = tokeniser_of(settings, pipeline.layout)
    made = build(settings, pipeline.layout, pipeline.run, tokeniser, pipeline.progress)
    journal.put_built(pipeline.layout, made)
    for name, mart in marts().items():
        metadata = {} if mart.is_view else {"dagster/row_count": made.rows[mart.id]}
        yield dg.MaterializeResult(asset_key=mart_key(name), metadata=metadata)
    yield dg.MaterializeResult(
        asset_key=STAGED, metadata={"tables": len(made.rows), "dagster/row_count": sum(made.rows.values())}
    )


@dg.asset(
    key=PUBLISHED,
    deps=[STAGED, AI_CANDIDATE],
    group_name="warehouse",
    owners=OWNERS,
    kinds={"duckdb"},
    pool=WRITER_POOL,
    description="clean/cx.duckdb, the file that analysts read: verified by a full read and replaced in one step.",
)
def cx_published(pipeline: Pipeline) -> dg.MaterializeResult[None]:
    """Publish what the audit let through."""
    layout, run = pipeline.layout, pipeline.run
    pipeline.progress("publishing")
    checks, scores = journal.checks(layout, run.run_id), journal.scores(layout, run.run_id)
    dataset = ai_journal.candidate(layout, run)
    done = release(journal.built(layout, run), checks, pipeline.settings, layout, run, scores, dataset)
    journal.prune(layout)
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": layout.published.as_uri(),
            "dagster/row_count": sum(rows for name, rows in done.version.rows.items() if name.startswith("main.")),
            "version": done.version.name,
            "rows": dict(done.version.rows),
            "content_hashes": dict(done.version.content_hashes),
        }
    )
