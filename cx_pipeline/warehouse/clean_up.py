"""Removes what dead runs left, at the start of a run."""

from __future__ import annotations

from collections.abc import Collection

from cx_pipeline.layout import Layout
from cx_pipeline.warehouse import published_place, staging_area, versions
from cx_pipeline.warehouse.spills import remove_spills


def clean_up(layout: Layout, keep: Collection[str] = ()) -> list[str]:
    """Remove staged files, logs and spill folders of dead runs and settle half-kept versions; returns the names removed.

    Args:
        layout: where the data folder lies.
        keep: run ids whose finished staged file still waits to be published.

    Raises:
        EnvironmentProblem: another process is publishing or rolling back.
    """
    with published_place.sole_publisher(layout):
        versions.settle(layout)
        spilled = [name for place in (layout.clean, layout.versions) for name in remove_spills(place)]
        return [*spilled, *staging_area.remove_orphans(layout, keep)]
