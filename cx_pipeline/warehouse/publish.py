"""Publishes a staged file: verify by a full read, keep it as a version, replace the published path atomically.

A crash at any point leaves the published path as the whole old file or the whole new one; what was left half done beside
it is settled by the next publish, rollback or clean-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cx_pipeline import faults
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse import durable, published_place, versions
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.verify import verify_and_hash
from cx_pipeline.warehouse.versions import Version

PUBLISHED_MODE = 0o644


@dataclass(frozen=True)
class Published:
    """What publishing did.

    Attributes:
        version: that analysts read now.
        pruned: names of older versions that were removed.
        stale_logs: names of write-ahead logs found beside the published file and removed; somebody had written to it.
    """

    version: Version
    pruned: tuple[str, ...]
    stale_logs: tuple[str, ...]


def publish(
    built: Built, layout: Layout, *, now: datetime, keep: int, wait_seconds: float = published_place.WAIT_SECONDS
) -> Published:
    """Make a staged file the one analysts read. The staged path is gone afterwards.

    Args:
        built: the staged file, which passed its audit.
        layout: where the data folder lies.
        now: the run's frozen clock, with a time zone.
        keep: how many versions stay, this one included.
        wait_seconds: how long to wait for a program that has the published file open for writing.

    Raises:
        DataError, InternalError: the staged file is damaged or not what was written; nothing was published.
        EnvironmentProblem: another process publishes, or writes to the published file; nothing was published.
    """
    with published_place.sole_publisher(layout):
        versions.settle(layout)
        staged = built.path
        rows, hashes, digest = _looked_through(staged, built.rows)
        faults.point("publish.after_verify")
        staged.chmod(PUBLISHED_MODE)
        durable.sync(staged)
        sequence, name = versions.next_name(layout, built.run_id, now)
        version = Version(
            name=name,
            sequence=sequence,
            run_id=built.run_id,
            rows=rows,
            content_hashes=hashes,
            size_bytes=staged.stat().st_size,
            sha256=digest,
        ).begun(now, "publish")
        with published_place.no_writer(layout, wait_seconds):
            stale_logs = published_place.remove_stale_logs(layout)
            faults.point("publish.before_link")
            durable.link_or_copy(staged, versions.database(layout, name))
            faults.point("publish.before_record")
            versions.write(layout, version)
            published_place.replace(layout, staged)
        version = version.done()
        versions.write(layout, version)
        faults.point("publish.before_prune")
        pruned = versions.prune(layout, keep)
        faults.point("publish.after_prune")
        return Published(version, tuple(pruned), tuple(stale_logs))


def _looked_through(staged: Path, expected_rows: Mapping[str, int]) -> tuple[dict[str, int], dict[str, str], str]:
    """Rows and content hash by table, and the file's own hash, which is taken meanwhile."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="file-hash") as pool:
        digest = pool.submit(durable.sha256, staged)
        rows, hashes = verify_and_hash(staged, expected_rows)
        return rows, hashes, digest.result()
