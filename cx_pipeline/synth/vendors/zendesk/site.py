"""The invented help desk: its address, its ids and its words."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.timeline import HOUR
from cx_pipeline.synth.world import World

API = "https://quenloria.zendesk.com/api/v2"
MAILBOX = "support@care.quenloria-home.com"
OVERLAP = 12 * HOUR
"""How far an incremental window reaches back into the one before."""
COMPRESSION = ("", ".zst", ".gz", ".zip")
"""Parts of an export take turns."""
_CHANNELS = ("email", "web", "native_messaging", "voice", "api")
_INTERNAL = 360_000_000_000


def user_ids(world: World, profiles: Ints) -> pl.Series:
    """Agents come first, then the profiles."""
    return ids.zendesk(profiles + len(world.agents))


def agent_ids(agents: Ints) -> pl.Series:
    return ids.zendesk(agents)


def ticket_ids(numbers: Ints) -> pl.Series:
    return pl.Series(numbers + 1001)


def organization_ids(organizations: pl.Series) -> pl.Series:
    return ids.zendesk(organizations.to_numpy(), 370_000_000_000)


def internal(number: pl.Expr | int) -> pl.Expr:
    """Ids of groups, brands and forms."""
    return pl.lit(_INTERNAL, pl.Int64) + number


def channels(state: pl.DataFrame) -> pl.Series:
    return pl.Series(_CHANNELS).gather(state["channel"].to_numpy())


def signatures(people: pl.DataFrame) -> pl.Series:
    """How customers sign; who is known by a number only still has a first name."""
    return people["name"].zip_with(people["kind"] != "phone_contact", people["given"])


def part(world: World) -> int:
    """Records a file: a quarter of a small world's tickets, 50,000 of a large one's."""
    return max(100, min(50_000, world.tickets.count // 4))


def page(world: World) -> int:
    """1,000 records a page as the vendor has it; 100 in a small world, so that there are several pages."""
    return 1_000 if world.tickets.count > 5_000 else 100
