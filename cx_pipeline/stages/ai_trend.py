"""How readiness goes from version to version."""

from __future__ import annotations

from typing import NamedTuple

from cx_pipeline.ai.readiness import FACTORS
from cx_pipeline.layout import Layout
from cx_pipeline.stages import ai_versions

FALL = 0.05
"""A factor that falls by more than this has got worse."""
READINESS = "readiness"


class Trend(NamedTuple):
    """`versions`: of which something is told, oldest first. `factors`: of each the factors, in the same order."""

    versions: tuple[str, ...]
    factors: tuple[dict[str, float | None], ...]

    @property
    def fallen(self) -> dict[str, float]:
        """Factors that fell from the last but one version to the last, by how much."""
        if len(self.factors) < 2:
            return {}
        before, now = self.factors[-2:]
        falls = {name: (before.get(name) or 0.0) - (now.get(name) or 0.0) for name in FACTORS}
        return {name: round(fall, 6) for name, fall in falls.items() if fall > FALL}

    def table(self) -> str:
        """A Markdown table: a row a version, a column a factor."""
        heads = ("version", *FACTORS)
        rows = (
            (version, *(_shown(factors.get(name)) for name in FACTORS))
            for version, factors in zip(self.versions, self.factors, strict=True)
        )
        return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def trend(layout: Layout, *, until: str | None = None) -> Trend:
    """Readiness of every version that figures are known of, up to one.

    Args:
        layout: of the data folder.
        until: the last version that is told of; the newest where none is named.
    """
    told = ai_versions.told_versions(layout)
    named = told[: told.index(until) + 1] if until in told else told
    known = {name: figures["factors"] for name in named if (figures := ai_versions.figures(layout, name))}
    return Trend(tuple(known), tuple(known.values()))


def _shown(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"
