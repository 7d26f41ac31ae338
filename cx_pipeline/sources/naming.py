"""When two names of columns are one."""

from __future__ import annotations

import re

# What tools put before the names of values that the vendor keeps in an object of the record.
_PREFIX = re.compile(r"^(?:propert(?:y|ies)|attributes?)(?:__|[_.])", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")


def fold(name: str) -> str:
    """A column's name without prefix, case, spaces and punctuation: `First Name`, `property_first_name` and `firstName`."""
    return _NO_LETTER.sub("", _PREFIX.sub("", name)).lower()
