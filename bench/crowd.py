"""How many customers have so many interactions. `python -m bench.crowd SIZE SEED NIGHTS` prints `{"customers": …}`.

A process of its own: what measures must stay small, and the world's libraries are not.
"""

from __future__ import annotations

import json
import sys

from bench.world import INTERACTIONS
from cx_pipeline.synth.generate import FIRST_NIGHT
from cx_pipeline.synth.world import World

_TRIES = 6


def customers_for(size: int, seed: int, nights: int) -> int:
    """Customers whose tickets, cases, calls and responses are about `size`, as the world itself counts them."""
    customers = max(1, size // len(INTERACTIONS))
    for _ in range(_TRIES):
        world = World(customers, nights, seed, FIRST_NIGHT)
        counted = sum(getattr(world, name).count for name in INTERACTIONS)
        better = max(1, round(customers * size / counted))
        if better == customers:
            break
        customers = better
    return customers


if __name__ == "__main__":
    json.dump({"customers": customers_for(*map(int, sys.argv[1:]))}, sys.stdout)
