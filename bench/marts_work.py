"""What `bench.marts` measures: `publish WORLD CUSTOMERS SEED`, `copy WORLD FOLDER SIZE` its tables, `build FOLDER` the marts."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.ours import run
from bench.stopwatch import Stopwatch
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.layout import Layout
from cx_pipeline.marts.catalogue import marts
from cx_pipeline.quality.tables import DELIVERIES, LEDGER, RUNS
from cx_pipeline.settings import Settings
from cx_pipeline.stages.marts import build_marts
from cx_pipeline.stages.run import Run
from cx_pipeline.synth import generate
from cx_pipeline.warehouse.engines import counting
from cx_pipeline.warehouse.quoting import identifier, literal, qualified
from cx_pipeline.warehouse.staged_table import StagedTable, from_contract
from cx_pipeline.warehouse.staging import StagedFile

_NIGHTS = 2
_NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
# Ids of which every copy has its own; agents, surveys and organisations are those of one company.
_OWN = frozenset(
    {
        *("interaction_id", "customer_id", "message_id", "event_id", "leg_id", "response_id", "order_id", "fulfilment_id"),
        *("return_id", "opportunity_id", "event_key", "action_id", "feedback_id", "review_id", "merged_into_interaction_id"),
        *("parent_interaction_id", "initial_leg_id", "previous_leg_id", "next_leg_id", "duplicate_of"),
    }
)
_READ = frozenset(name for mart in marts().values() for name in mart.reads)
_TABLES = [staged for table in tables().values() if (staged := from_contract(table)).id in _READ]
_BOOKS = [RUNS, DELIVERIES, LEDGER]


def publish(world: Path, customers: int, seed: int) -> None:
    """Every vendor's deliveries of an invented world, the whole way into `world/data`."""
    generate(customers=customers, nights=_NIGHTS, seed=seed, out=world / "raw")
    run(world / "raw", world / "data")


def copied(world: Path, folder: Path, size: int) -> None:
    """The tables that marts read as Parquet, so many times that there are about `size` interactions; the books once."""
    with duckdb.connect(str(Layout(world / "data").published), read_only=True) as source:
        source.execute("SET preserve_insertion_order = false")
        [(held,)] = source.execute("SELECT count(*) FROM main.interactions").fetchall()
        for table in (*_TABLES, *_BOOKS):
            names = [column.name for column in table.columns]
            own = ", ".join(
                f"{identifier(name)} || '~' || copy AS {identifier(name)}" if name in _OWN else identifier(name) for name in names
            )
            times = max(1, round(size / held)) if table in _TABLES else 1
            source.execute(
                f"COPY (SELECT {own} FROM {qualified(table.schema, table.name)} CROSS JOIN range({times}) AS copies (copy)) "
                f"TO {literal(str(_file(folder, table)))} (FORMAT parquet, COMPRESSION zstd)"
            ).fetchall()


def built(folder: Path) -> None:
    """Print time and memory of every mart, as the nightly run makes them."""
    settings, watch = Settings(), Stopwatch()
    layout = Layout(folder / "data")
    layout.prepare()
    with StagedFile(layout, "bench", storage_version=settings.storage_version, engine=counting(), reads=[folder]) as staged:
        with watch.lap("load"):
            for table in (*_TABLES, *_BOOKS):
                staged.write_table(table, [_file(folder, table)])
        with ExitStack() as lap:

            def next_lap(told: str) -> None:
                lap.close()
                lap.enter_context(watch.lap(told.removeprefix("building ")))

            build_marts(settings, staged, Run("bench", _NOW), layout.state, next_lap)
    json.dump(watch.told(interactions=staged.rows["main.interactions"]), sys.stdout)


def _file(folder: Path, table: StagedTable) -> Path:
    return folder / f"{table.id}.parquet"


if __name__ == "__main__":
    if sys.argv[1] == "publish":
        publish(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "copy":
        copied(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        built(Path(sys.argv[2]))
