"""Qualtrics as its response exports are: header rows two or three deep, and everything once more in the next night."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.qualtrics import responses
from cx_pipeline.synth.world import World

SOURCE = "qualtrics"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all surveys."""
    for night in range(world.nights):
        responses.write(world, Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book))
