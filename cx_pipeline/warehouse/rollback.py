"""Goes back to an earlier version: verified as fully as a new one, put into place as atomically."""

from __future__ import annotations

from datetime import datetime

from cx_pipeline import faults
from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse import durable, published_place, versions
from cx_pipeline.warehouse.verify import verify_and_hash
from cx_pipeline.warehouse.versions import Version


def rollback(layout: Layout, name: str, *, now: datetime, wait_seconds: float = published_place.WAIT_SECONDS) -> Version:
    """Make an earlier version the one analysts read, and record that. Newer versions stay in the list.

    Args:
        layout: where the data folder lies.
        name: of the version, or an unambiguous beginning of it such as its number `000012`.
        now: the time that is recorded, with a time zone.
        wait_seconds: how long to wait for a program that has the published file open for writing.

    Raises:
        ConfigError: no version, or more than one, has that name.
        DataError: the version's file is damaged or no longer holds what was recorded; the published file stays.
        EnvironmentProblem: another process publishes, or writes to the published file; the published file stays.
    """
    with published_place.sole_publisher(layout):
        versions.settle(layout)
        version = _named(layout, name)
        source = versions.database(layout, version.name)
        if verify_and_hash(source) != (version.rows, version.content_hashes):
            raise DataError(
                "the version no longer holds what was published",
                where=version.name,
                happened="the published file stays as it is",
                next_step="cx-pipeline versions, and roll back to another",
            )
        version = version.begun(now, "rollback")
        with published_place.no_writer(layout, wait_seconds):
            published_place.remove_stale_logs(layout)
            versions.write(layout, version)
            faults.point("rollback.before_link")
            # Renaming one name of a file onto another of the same file does nothing and leaves both names.
            if not (layout.published.exists() and layout.published.samefile(source)):
                aside = layout.staging / f"rollback-{version.name}.duckdb"
                durable.link_or_copy(source, aside)
                published_place.replace(layout, aside)
        version = version.done()
        versions.write(layout, version)
        return version


def _named(layout: Layout, name: str) -> Version:
    found = versions.versions(layout)
    matches = [version for version in found if version.name == name] or [
        version for version in found if name and version.name.startswith(name)
    ]
    if len(matches) != 1:
        raise ConfigError(
            "more than one version has that name" if matches else "no version has that name",
            expected="a name, or the beginning of one, that `cx-pipeline versions` lists",
            happened="the published file stays as it is",
        )
    return matches[0]
