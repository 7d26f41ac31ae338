"""Zendesk Support as its exports are: incremental API pages, NDJSON, and one admin export that went through Excel."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.zendesk import comments, ratings, replay, tickets, users, who
from cx_pipeline.synth.world import World

SOURCE = "zendesk"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all four exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        users.write(world, folder)
        tickets.write(world, folder)
        comments.write(world, folder)
        ratings.write(world, folder)
        if night == 1:
            replay.write(world, folder)
    who.note(world, book)
