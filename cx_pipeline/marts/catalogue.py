"""Every mart there is, in the order in which they can be built. A new .sql file in this folder is a new mart."""

from __future__ import annotations

from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from cx_pipeline.errors import InternalError
from cx_pipeline.marts import business_hours, journey_rules, load_rules, loop_rules, sentiment
from cx_pipeline.marts.declared import TABLES, Declared, Given
from cx_pipeline.marts.mart import SCHEMA, Mart, read

DECLARED: tuple[Declared, ...] = (
    business_hours.TABLE,
    business_hours.DAYS,
    load_rules.TABLE,
    journey_rules.STAGES,
    journey_rules.RULES,
    *loop_rules.TABLES,
    *TABLES,
)
"""Tables that come from the settings, built before any mart."""
GIVEN: tuple[Given, ...] = (*DECLARED, sentiment.TABLE)
"""All tables that marts read and no query makes."""


@cache
def marts() -> dict[str, Mart]:
    """Name to mart, each after those that it reads.

    Raises:
        InternalError: marts read each other in a circle, or one that there is not.
    """
    return in_order([read(path) for path in sorted(Path(__file__).parent.glob("*.sql"))])


def moved_by_the_clock() -> frozenset[str]:
    """`marts.name` of the marts that a later run changes although no record did: what is open grows older."""
    moved = {"quality.runs"}
    for mart in marts().values():
        if not moved.isdisjoint(mart.reads):
            moved.add(mart.id)
    return frozenset(moved - {"quality.runs"})


def in_order(found: list[Mart]) -> dict[str, Mart]:
    """Marts by name, each after those that it reads."""
    by_id = {mart.id: mart for mart in found}
    given = {item.id for item in GIVEN}
    needs = {mart.id: [name for name in mart.reads if name.startswith(f"{SCHEMA}.") and name not in given] for mart in found}
    missing = sorted({name for names in needs.values() for name in names if name not in by_id})
    if missing:
        raise InternalError("a mart reads one that there is not", where=", ".join(missing))
    try:
        ordered = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise InternalError("marts read each other in a circle", where=", ".join(error.args[1])) from None
    return {by_id[name].name: by_id[name] for name in ordered}
