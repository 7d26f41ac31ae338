"""Every detector of this room, found by looking: a detector at the top of a module in `detectors/` needs no registration."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from cx_pipeline.errors import InternalError
from cx_pipeline.privacy import detectors as room
from cx_pipeline.privacy.detector import Detector, NumberDetector, PhraseDetector

OWN_RECORD, TYPOS = "own_record", "typos"


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors, by falling score, then id.

    Raises:
        InternalError: two detectors have one id.
    """
    found: dict[str, Detector] = {}
    for module in pkgutil.iter_modules(room.__path__):
        for value in vars(importlib.import_module(f"{room.__name__}.{module.name}")).values():
            for detector in _detectors_in(value):
                if found.setdefault(detector.id, detector) is not detector:
                    raise InternalError("two detectors have one id", where=detector.id, expected="unique ids")
    return tuple(sorted(found.values(), key=lambda detector: (-detector.score, detector.id)))


def switches() -> tuple[str, ...]:
    """Names by which a policy can switch something off."""
    return (*(detector.id for detector in detectors()), OWN_RECORD, TYPOS)


def number_detectors(off: frozenset[str]) -> tuple[NumberDetector, ...]:
    return tuple(item for item in detectors() if isinstance(item, NumberDetector) and item.id not in off)


def phrase_detectors(off: frozenset[str]) -> tuple[PhraseDetector, ...]:
    return tuple(item for item in detectors() if isinstance(item, PhraseDetector) and item.id not in off)


def _detectors_in(value: object) -> Iterator[Detector]:
    if isinstance(value, NumberDetector | PhraseDetector):
        yield value
    elif isinstance(value, tuple | list):
        yield from (item for item in value if isinstance(item, NumberDetector | PhraseDetector))
