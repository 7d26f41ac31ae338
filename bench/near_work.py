"""What `bench.near` measures: `python -m bench.near_work SIZE SEED` makes texts, finds the near ones and prints it as JSON."""

from __future__ import annotations

import json
import random
import sys

import polars as pl

from bench.stopwatch import Stopwatch
from cx_pipeline.ai.near import THRESHOLD, near_pairs

_WORDS = 20_000
_SHORTEST, _LONGEST = 12, 70
_COPIED = 0.25
_CHANGES = (1, 1, 2, 6)
_WARM_UP = 2_000

Pairs = set[tuple[int, int]]


def texts(size: int, seed: int) -> tuple[pl.Series, Pairs]:
    """Texts of which some have a near copy, and the pairs whose runs of three words truly overlap by the threshold."""
    dice = random.Random(seed)
    vocabulary = [f"{dice.choice('bcdfglmnprst')}{dice.choice('aeiou')}{number:x}" for number in range(_WORDS)]
    made: list[str] = []
    pairs: Pairs = set()
    while len(made) < size:
        words = dice.choices(vocabulary, k=dice.randrange(_SHORTEST, _LONGEST))
        made.append(" ".join(words))
        if dice.random() < _COPIED and len(made) < size:
            changed = list(words)
            for _ in range(dice.choice(_CHANGES)):
                changed[dice.randrange(len(changed))] = dice.choice(vocabulary)
            made.append(" ".join(changed))
            if _overlap(words, changed) >= THRESHOLD:
                pairs.add((len(made) - 2, len(made) - 1))
    return pl.Series(made), pairs


def _overlap(left: list[str], right: list[str]) -> float:
    one, other = (set(zip(words, words[1:], words[2:], strict=False)) for words in (left, right))
    return len(one & other) / len(one | other)


def run(size: int, seed: int) -> None:
    """Find the pairs; the first few texts warm up what is compiled once."""
    given, true = texts(size, seed)
    watch = Stopwatch()
    with watch.lap("warm_up"):
        near_pairs(given.head(_WARM_UP))
    with watch.lap("near"):
        near = near_pairs(given)
    found = set(near.pairs.select("left", "right").iter_rows())
    right = len(found & true)
    told = {"pairs": len(true), "precision": right / max(1, len(found)), "recall": right / max(1, len(true))}
    json.dump(watch.told(texts=size, **told), sys.stdout)


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
