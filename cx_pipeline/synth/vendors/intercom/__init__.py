"""Intercom as its API answers: conversations with their parts, contacts with leads that were merged, and admins."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.intercom import contacts, conversations
from cx_pipeline.synth.world import World

SOURCE = "intercom"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all three exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        conversations.write(world, folder)
        contacts.write(world, folder)
        contacts.write_admins(world, folder)
    contacts.note(world, book)
