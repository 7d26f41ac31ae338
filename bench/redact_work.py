"""One subject of the redaction benchmark. `python -m bench.redact_work SUBJECT SIZE SEED` prints its laps as JSON."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable

import polars as pl

from bench import messages, people
from bench.stopwatch import Stopwatch
from cx_pipeline.privacy import redact

_WARM_UP = 2_000
#: What a list of patterns is: quick, and blind to check digits, words around and disguises.
_EIGHT = (
    (r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}", "[EMAIL]"),
    (r"https?://[^\s]+", "[URL]"),
    (r"(?-u:\b)[0-9]{3}-[0-9]{2}-[0-9]{4}(?-u:\b)", "[NATIONAL_ID]"),
    (r"(?-u:\b)(?:[0-9][ \-]?){13,19}(?-u:\b)", "[CARD]"),
    (r"(?-u:\b)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?-u:\b)", "[IBAN]"),
    (r"(?-u:\b)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?-u:\b)", "[IP]"),
    (r"(?-u:\b)(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?-u:\b)", "[IP]"),
    (r"\+?[0-9(][0-9 ().\-]{7,}[0-9]", "[PHONE]"),
)


def _floor(texts: pl.DataFrame, _: pl.DataFrame) -> None:
    column = pl.col("text")
    for pattern, tag in _EIGHT:
        column = column.str.replace_all(pattern, tag)
    texts.select(column)


def _ours(texts: pl.DataFrame, _: pl.DataFrame) -> None:
    redact(texts.select("text"))


def _own(texts: pl.DataFrame, profiles: pl.DataFrame) -> None:
    redact(texts, profiles)


def _presidio(texts: pl.DataFrame, _: pl.DataFrame) -> None:
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # type: ignore[import-not-found]  # noqa: PLC0415

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    patterns = [each for each in registry.recognizers if isinstance(each, PatternRecognizer)]
    for text in texts["text"]:
        for recognizer in patterns:
            recognizer.analyze(text, recognizer.supported_entities)


_SUBJECTS: dict[str, Callable[[pl.DataFrame, pl.DataFrame], None]] = {
    "floor": _floor,
    "ours": _ours,
    "own": _own,
    "presidio": _presidio,
}


def run(subject: str, size: int, seed: int) -> None:
    """Redact so many messages; the first few warm up what is compiled once."""
    dice = random.Random(seed)
    known = people.people(seed, max(1, size // 5))
    texts = pl.DataFrame(
        {
            "customer_id": [dice.choice(known).customer_id for _ in range(size)],
            "text": [each.text for each in messages.everyday(seed, size)],
        }
    )
    profiles = people.profiles(known)
    work, watch = _SUBJECTS[subject], Stopwatch()
    with watch.lap("warm_up"):
        work(texts.head(_WARM_UP), profiles.head(_WARM_UP))
    with watch.lap(subject):
        work(texts, profiles)
    json.dump(watch.told(texts=size), sys.stdout)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
