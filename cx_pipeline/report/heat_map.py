"""The journey as a map: a row a stage, a column a channel, coloured by how much of it is not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import polars as pl

from cx_pipeline.report.shown import few
from cx_pipeline.report.svg import Picture

STAGES = ("attract", "browse", "buy", "receive", "visit", "ask", "complain", "return", "tell")
REASONS: Mapping[str, str] = {
    "no_data": "no data",
    "no_customer": "no name",
    "no_outcome": "no end",
    "no_feedback": "no voice",
    "stale": "old",
}
"""What is not seen, in the order in which it weighs, and what a cell says of it."""
MEANING: Mapping[str, str] = {
    "no_data": "customers go this way, and nothing of it reaches us",
    "no_customer": "it is not known who it was",
    "no_outcome": "it is not known how it ended",
    "no_feedback": "nobody is heard about it",
    "stale": "the last news of it is old",
}
_LEFT, _TOP, _WIDE, _HIGH, _GAP = 86, 62, 74, 40, 4
_MOST_CHANNELS = 14
_ORDER = ("email", "web", "mobile_app", "phone", "chat", "messenger", "social", "sms", "in_store", "delivery", "reviews")


def kind(blind: Sequence[str]) -> str:
    """The class of a cell: nothing, unseen, partly or seen."""
    if "no_data" in blind:
        return "nothing"
    serious = {"no_customer", "no_outcome"} & set(blind)
    return "unseen" if len(serious) == 2 or (serious and len(blind) > 1) else "partly" if blind else "seen"


def heat_map(spots: pl.DataFrame, least: int) -> Picture:
    """Draw `marts.blind_spots`.

    Args:
        spots: columns stage, channel, customers, steps and blind.
        least: fewer customers than this are not counted.
    """
    cells = {(row["stage"], row["channel"]): row for row in spots.to_dicts()}
    found = {channel: 0 for _, channel in cells}
    for cell in cells.values():
        found[cell["channel"]] += cell["steps"]
    others = sorted((channel for channel in found if channel not in _ORDER), key=lambda channel: (-found[channel], channel))
    channels = [*(name for name in _ORDER if name in found), *others][:_MOST_CHANNELS]
    stages = [stage for stage in STAGES if any(stage == one for one, _ in cells)]
    width = _LEFT + len(channels) * (_WIDE + _GAP) + 10
    height = _TOP + len(stages) * (_HIGH + _GAP) + 40
    made = Picture(max(width, 560), height, "Map of the journey: what is seen of each stage on each channel")
    made.words(10, 22, "What we see of the journey", "big")
    for column, channel in enumerate(channels):
        middle = _LEFT + column * (_WIDE + _GAP) + _WIDE / 2
        made.words(middle, _TOP - 10, channel.replace("_", " "), "soft", anchor="middle", most=12)
    for row, stage in enumerate(stages):
        top = _TOP + row * (_HIGH + _GAP)
        made.words(_LEFT - 10, top + _HIGH / 2 + 4, stage.capitalize(), "strong", anchor="end", most=12)
        for column, channel in enumerate(channels):
            left = _LEFT + column * (_WIDE + _GAP)
            here = cells.get((stage, channel))
            if here is None:
                made.rect(left, top, _WIDE, _HIGH, "off-map", round_by=5)
                continue
            _cell(made, left, top, here, least)
    _legend(made, height - 14, len(found) - len(channels))
    return made


def _cell(made: Picture, left: float, top: float, cell: Mapping[str, object], least: int) -> None:
    told = cell["blind"]
    blind = [reason for reason in REASONS if isinstance(told, list) and reason in told]
    shade = kind(blind)
    steps, customers = int(str(cell["steps"])), int(str(cell["customers"]))
    why = "; ".join(MEANING[reason] for reason in blind) or "seen"
    says = f"{cell['stage']}, {cell['channel']}: {few(steps, least)} steps of {few(customers, least)} known customers: {why}"
    made.rect(left, top, _WIDE, _HIGH, shade, round_by=5, says=says)
    middle, ink = left + _WIDE / 2, "on" if shade == "nothing" else ""
    counted = few(customers, least).replace("under ", "< ")
    first = "no data" if shade == "nothing" else f"{counted}"
    label = "" if shade == "nothing" or not blind else REASONS[blind[0]] + (f" +{len(blind) - 1}" if len(blind) > 1 else "")
    made.words(middle, top + (17 if label else 24), first, f"strong {ink}".strip(), anchor="middle")
    if label:
        made.words(middle, top + 31, label, f"small {ink}".strip(), anchor="middle", most=18)


def _legend(made: Picture, base: float, more: int) -> None:
    left = 10.0
    for shade, said in (("seen", "seen"), ("partly", "partly seen"), ("unseen", "hardly seen"), ("nothing", "no data")):
        made.rect(left, base - 10, 14, 12, shade, round_by=3)
        made.words(left + 20, base, said, "soft")
        left += 34 + 6.6 * len(said)
    made.words(left + 6, base, "numbers: known customers" + (f"; {more} channels more" if more else ""), "soft", most=60)


@cache
def style() -> str:
    """The style of pictures that stand alone."""
    return " ".join((files("cx_pipeline.report") / "picture.css").read_text(encoding="utf-8").split())
