"""Amazon Connect as its streams and exports are: contact records in every JSON layout, sent at least once."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.amazon_connect import contact_records, who
from cx_pipeline.synth.world import World

SOURCE = "amazon_connect"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of the one export."""
    for night in range(world.nights):
        contact_records.write(world, Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book))
    who.note(world, book)
