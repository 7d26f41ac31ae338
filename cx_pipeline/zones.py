"""The names of time zones that this machine knows."""

from __future__ import annotations

import zoneinfo
from functools import cache


@cache
def zone_names() -> frozenset[str]:
    """All IANA names, such as Europe/Berlin. Asked once: each time the whole zone database on the disk is walked through."""
    return frozenset(zoneinfo.available_timezones())


__all__ = ["zone_names"]
