"""A whole world, written out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from cx_pipeline.errors import ConfigError
from cx_pipeline.synth import place
from cx_pipeline.synth.truth import Truth, TruthBook
from cx_pipeline.synth.vendors import writers
from cx_pipeline.synth.world import World

FIRST_NIGHT = date(2026, 11, 1)


def generate(
    customers: int, nights: int, seed: int, out: Path, first_night: date = FIRST_NIGHT, sources: Collection[str] | None = None
) -> Truth:
    """Write the dirty exports of an invented world, and beside them what is true.

    Deliveries go to `<out>/<YYYY-MM-DD>/<source>/`, the truth to `<out>/truth/`. The same arguments give the same
    bytes (of compressed files: the same bytes inside) on any machine. About five interactions a customer; from 300
    customers and two nights on every trap is there at least once.

    Args:
        customers: people who contact the company, at least 1.
        nights: deliveries, one a day; the first holds ninety days of history.
        seed: another seed is another world.
        out: folder to write to; an earlier world in it is replaced.
        first_night: date of the first delivery.
        sources: vendors to write, all when not given; the world is the same either way.

    Raises:
        ConfigError: for a number below 1, a source that nobody writes, or a folder that holds anything but a world.
    """
    known = writers()
    wanted = set(known) if sources is None else set(sources)
    if wanted - set(known):
        raise ConfigError("a source that cannot be made was asked for", expected=", ".join(known), happened="nothing was written")
    if customers < 1 or nights < 1:
        raise ConfigError(
            "a world needs people and nights", expected="at least 1 customer and 1 night", happened="nothing was written"
        )
    world = World(customers, nights, seed, first_night)
    place.prepare(out)
    book = TruthBook(out / "truth")
    for source, write in known.items():
        if source in wanted:
            write(world, out, book)
    interactions = {name: getattr(world, name).count for name in ("tickets", "cases", "calls", "feedback", "pulse")}
    size = {"customers": customers, "nights": nights, **interactions}
    return book.close({**size, "seed": seed, "first_night": first_night.isoformat()})
