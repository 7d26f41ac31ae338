"""The audit page of what is published: `reports/cx_audit.html`, made of the published file alone."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.layout import Layout
from cx_pipeline.report.facts import read
from cx_pipeline.report.heat_map import heat_map, style
from cx_pipeline.report.page import page
from cx_pipeline.settings import Settings
from cx_pipeline.stages.files import write_text
from cx_pipeline.warehouse.reader import SPARING_MB, open_read_only

NAME = "cx_audit.html"


def write_audit(settings: Settings, layout: Layout) -> Path:
    """Write the page anew, whole or not at all."""
    with open_read_only(layout.published, memory_mb=SPARING_MB) as connection:
        facts = read(connection)
    target = layout.reports / NAME
    write_text(target, page(facts, settings.privacy.min_group))
    return target


def journey_picture(settings: Settings, database: Path) -> str:
    """The map of the journey as an SVG file of its own; empty where a file has none."""
    with open_read_only(database) as connection:
        spots = read(connection)["spots"]
    return heat_map(spots, settings.privacy.min_group).alone(style()) if spots.height else ""
