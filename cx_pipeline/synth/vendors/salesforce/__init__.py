"""Salesforce Service Cloud as its exports are: CSV with a BOM, and what spreadsheets make of it."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.salesforce import cases, company, contacts, leads, opportunities, who
from cx_pipeline.synth.world import World

SOURCE = "salesforce"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all six exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        company.write_users(world, folder)
        company.write_accounts(world, folder)
        contacts.write(world, folder)
        cases.write(world, folder)
        leads.write(world, folder)
        opportunities.write(world, folder)
    who.note(world, book)
    leads.note(world, book)
