"""The golden record of every person: the attributes that survive and the consents that hold, some people at a time.

Made from the clean tables, so that one person's records are one person's; people are taken in groups by a hash of their id,
so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from cx_pipeline.identity import consents
from cx_pipeline.identity.evidence import evidence
from cx_pipeline.identity.survivorship import survivors
from cx_pipeline.settings import Settings
from cx_pipeline.sorted_keys import SortedKeys
from cx_pipeline.stages.run import Run

_ROWS_AT_ONCE = 300_000
_ROW_GROUP = 16_384  # what each of all the files under way holds back
_BESIDE_CUSTOMERS = ("country", "language")


def write_attributes(
    folder: Path, scratch: Path, persons: pl.LazyFrame, customers: SortedKeys, settings: Settings, run: Run
) -> int:
    """Write `customer_attributes.parquet`; returns its rows.

    Args:
        folder: of the clean tables, with `customer_identities`.
        scratch: for what is made on the way.
        persons: current rows of `people`.
        customers: customer ids by person record.
        settings: criteria of survivorship, and role mailboxes.
        run: its `now` is the one that values grow stale by.
    """
    identities = pl.scan_parquet(folder / "customer_identities.parquet", glob=False)
    rows = evidence(identities, persons, customers, settings.mailboxes, run.now_utc)
    parts: list[Path] = []
    for group in _groups(rows, "customer_id", _rows(identities), scratch / "evidence"):
        parts.append(scratch / f"attributes-{len(parts):05}.parquet")
        survivors(group.collect(), settings.survivorship, run.now_utc).write_parquet(parts[-1])
    return _joined(parts, folder / "customer_attributes.parquet")


def write_consents(folder: Path, scratch: Path, settings: Settings, run: Run) -> int:
    """Write `consents.parquet` as of the run's `now`; returns its rows.

    A refusal that is dated later, by a clock that runs ahead, holds at once.

    Args:
        folder: of the clean tables, with `customer_identities` and `consent_events`.
        scratch: for what is made on the way.
        settings: role mailboxes.
        run: see above.
    """
    now = run.now_utc
    events = consents.with_refusals_ahead(pl.scan_parquet(folder / "consent_events.parquet", glob=False), now)
    identities = pl.scan_parquet(folder / "customer_identities.parquet", glob=False)
    carriers = consents.carriers_of(identities, settings.mailboxes)
    known = consents.decisions(events, now)
    known.sink_parquet(scratch / "decisions.parquet", compression="zstd", compression_level=1)
    known = pl.scan_parquet(scratch / "decisions.parquet", glob=False)
    binding = [scratch / "decisions.parquet"]
    for group in _groups(known, "token", _rows(known), scratch / "tokens"):
        binding.append(scratch / f"bound-{len(binding):05}.parquet")
        consents.bound(group, carriers).sink_parquet(binding[-1], compression="zstd", compression_level=1)
    bound = pl.scan_parquet(binding, glob=False)
    parts: list[Path] = []
    for group in _groups(bound.filter(pl.col("customer_id").is_not_null()), "customer_id", _rows(bound), scratch / "people"):
        parts.append(scratch / f"consents-{len(parts):05}.parquet")
        consents.settled(group).sink_parquet(parts[-1])
    return _joined(parts, folder / "consents.parquet")


def complete_customers(customers: pl.DataFrame, attributes: Path) -> pl.DataFrame:
    """Customers with the attributes that stand beside them: country and language as they survived."""
    made = customers
    for name in _BESIDE_CUSTOMERS:
        survived = (
            pl.scan_parquet(attributes, glob=False).filter(attribute=name).select("customer_id", pl.col("value").alias(name))
        )
        made = made.join(survived.collect(), on="customer_id", how="left", maintain_order="left")
    return made


def _groups(rows: pl.LazyFrame, key: str, about: int, folder: Path) -> Iterator[pl.LazyFrame]:
    """Rows in groups that keep equal keys together; one of no rows where there are none.

    Args:
        rows: read once, and parted on the way into files.
        key: the column.
        about: how many rows there are; some more or fewer make groups some larger or smaller.
        folder: for the files; is made.
    """
    group = pl.col(key).hash() % (1 + about // _ROWS_AT_ONCE)
    files = pl.PartitionBy(folder, key=group.alias("_group"), include_key=False, approximate_bytes_per_file=None)
    rows.sink_parquet(files, mkdir=True, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP)
    parted = sorted(folder.rglob("*.parquet"))
    yield from (pl.scan_parquet(path, glob=False, hive_partitioning=False) for path in parted)
    if not parted:
        yield rows


def _rows(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())


def _joined(parts: list[Path], target: Path) -> int:
    pl.scan_parquet(parts, glob=False).sink_parquet(target, compression="zstd", compression_level=1)
    return _rows(pl.scan_parquet(target, glob=False))
