"""The page that tells how customers fare, written after every publishing, with its map of the journey on the run's page."""

import base64

import dagster as dg

from assets.names import CX_AUDIT, OWNERS, PUBLISHED
from assets.resources import Pipeline
from cx_pipeline.stages.cx_audit import journey_picture, write_audit


@dg.asset(
    key=CX_AUDIT,
    deps=[PUBLISHED],
    group_name="reports",
    owners=OWNERS,
    kinds={"html"},
    description="reports/cx_audit.html: metrics against targets, what is not seen of the journey, loops, teams, silos, data.",
)
def cx_audit(pipeline: Pipeline) -> dg.MaterializeResult[None]:
    """Write the page and show its map."""
    target = write_audit(pipeline.settings, pipeline.layout)
    drawn = base64.b64encode(journey_picture(pipeline.settings, pipeline.layout.published).encode()).decode()
    shown = {"blind_spots": dg.MetadataValue.md(f"![blind spots](data:image/svg+xml;base64,{drawn})")} if drawn else {}
    return dg.MaterializeResult(metadata={"page": dg.MetadataValue.path(str(target)), **shown})
