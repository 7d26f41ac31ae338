"""Mailchimp as its exports are: the audience as a zip of a table a state, and what recipients did with each campaign."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.mailchimp import audience, campaign_activity
from cx_pipeline.synth.world import World

SOURCE = "mailchimp"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of both exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        audience.write(world, folder)
        campaign_activity.write(world, folder)
    audience.note(world, book)
