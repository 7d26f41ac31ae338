"""How ready a version is for AI: its requirements' fractions, and of each factor the mean of those that could be measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from cx_pipeline.ai.facts import Facts
from cx_pipeline.ai.readiness import FACTORS, Count, Measured, measured
from cx_pipeline.ai.readiness_facts import count_facts
from cx_pipeline.ai.readiness_published import count_published
from cx_pipeline.quality.score import Score

FRAMEWORK = "Snowflake Labs ai-ready-data: six factors, requirements from 0 to 1"
_UNIT = "fraction, 0 to 1"
_DIGITS = 6
_FACTOR = "ai.factor_"


def make(facts: Facts, published: Path | None = None) -> dict[str, Any]:
    """The scorecard as JSON: `version, made_at, framework, factors, requirements`.

    Args:
        facts: of the version.
        published: the published file that the version was cut from; without it what it would answer is null.
    """
    counts: dict[str, Count] = {**(count_published(published) if published is not None else {}), **count_facts(facts)}
    rows = measured(counts)
    return {
        "version": facts.version,
        "made_at": facts.made_at.isoformat(),
        "framework": FRAMEWORK,
        "factors": {factor: _factor([row for row in rows if row.requirement.factor == factor]) for factor in FACTORS},
        "requirements": [
            {
                "factor": row.requirement.factor,
                "name": row.requirement.name,
                "score": _rounded(row.score),
                "counted_over": row.counted_over,
                "meaning": row.requirement.meaning,
                "check": row.check,
            }
            for row in rows
        ],
    }


def scores(card: Mapping[str, Any]) -> list[Score]:
    """A scorecard as figures of `quality.scores`: one a factor, one a requirement; null stays null."""
    factors = [
        Score(
            f"{_FACTOR}{name}",
            "",
            factor["score"],
            _UNIT,
            None,
            False,
            factor["measured"],
            f"Mean of the measured requirements of the factor {name}, of {factor['requirements']} in all.",
        )
        for name, factor in card["factors"].items()
    ]
    rows = [
        Score(f"ai.{row['name']}", "", row["score"], _UNIT, None, False, row["counted_over"], row["meaning"])
        for row in card["requirements"]
    ]
    return [*factors, *rows]


def factors(scores: Iterable[Score]) -> dict[str, float | None]:
    """Of figures of `quality.scores` those of the factors, by factor."""
    return {item.metric.removeprefix(_FACTOR): item.value for item in scores if item.metric.startswith(_FACTOR)}


def _factor(rows: list[Measured]) -> dict[str, Any]:
    known = [row.score for row in rows if row.score is not None]
    return {"score": _rounded(fmean(known)) if known else None, "measured": len(known), "requirements": len(rows)}


def _rounded(score: float | None) -> float | None:
    """Never rounded up to a whole that was not reached."""
    if score is None:
        return None
    return score if score in {0.0, 1.0} else min(max(round(score, _DIGITS), 10.0**-_DIGITS), 1 - 10.0**-_DIGITS)
