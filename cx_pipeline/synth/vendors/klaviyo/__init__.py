"""Klaviyo as its API answers and as lists are downloaded: profiles with consent in several homes, and events."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.klaviyo import events, profiles
from cx_pipeline.synth.world import World

SOURCE = "klaviyo"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of both exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        profiles.write(world, folder)
        events.write(world, folder)
    profiles.note(world, book)
