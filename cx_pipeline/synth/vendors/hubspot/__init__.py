"""HubSpot as its exports are: contacts as tables and as API pages, subscriptions and e-mails as events of an address."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.hubspot import contacts, email_events, opted_out, subscription_changes
from cx_pipeline.synth.world import World

SOURCE = "hubspot"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all three exports; contacts as a table on the first night, as pages of what changed afterwards."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        contacts.write(world, folder)
        if night == 1:
            opted_out.write(world, folder)
        subscription_changes.write(world, folder)
        email_events.write(world, folder)
    contacts.note(world, book)
