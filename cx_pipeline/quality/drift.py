"""Schema drift: how the columns of a delivery differ from those of the last delivery of the same export.

A column may be new, missing, renamed, of another kind, or elsewhere; a choice column may bring words that the mapping does not
know. Nothing is guessed from names alone: a renamed column holds values like those of the one that is gone. What becomes of a
column that drifts is for its export to say (`Export.on_drift`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from cx_pipeline.quality.column_profile import KINDS, Figures, Profile, unmapped
from cx_pipeline.sources.export import Export
from cx_pipeline.sources.naming import fold


class DriftKind(StrEnum):
    """What happened to a column; the word stands in `quality.anomalies`."""

    NEW = "drift.new_column"
    MISSING = "drift.missing_column"
    RENAMED = "drift.renamed_column"
    RETYPED = "drift.retyped_column"
    REORDERED = "drift.reordered_columns"
    GROWN_ENUM = "drift.grown_enum"


@dataclass(frozen=True, order=True)
class Drift:
    """One difference.

    Attributes:
        kind: see `DriftKind`.
        column: the raw column; for a grown enum the mapping's name of it; the new name of a renamed one.
        detail: what differs, in names of columns, kinds and counts; never a value.
        was: the old name of a renamed column.
    """

    kind: DriftKind
    column: str
    detail: str
    was: str = ""

    @property
    def is_harmless(self) -> bool:
        """Told as information only."""
        return self.kind is DriftKind.REORDERED


# Fewer filled cells tell nothing of a column's kind, fewer records nothing of an optional key.
_ENOUGH = 5
# A column is of a kind when nearly all of it fits, and has lost it when a third does not any more.
_FITS, _FALLS = 0.8, 0.3
_ALIKE_NAMES = 0.5
_MOST_APART = 0.25
_LENGTH = 1.5
_FEW = 2


def drift(before: Profile, now: Profile, export: Export, *, is_delimited: bool) -> list[Drift]:
    """Every difference, in order.

    Args:
        before: profile of the last delivery.
        now: profile of this one.
        export: what they are.
        is_delimited: the file has columns of its own; in JSON a key that no record happens to have is not missing.
    """
    old, new = before.columns, now.columns
    gone = [name for name in old if name not in new and (is_delimited or _is_missed(old[name], new))]
    come = [name for name in new if name not in old and (is_delimited or not _is_documented(name, export))]
    renamed = _renamed(gone, come, old, new)
    found = [
        *(Drift(DriftKind.RENAMED, after, f"{name} -> {after}", name) for name, after in renamed.items()),
        *(Drift(DriftKind.MISSING, name, name) for name in gone if name not in renamed),
        *(Drift(DriftKind.NEW, name, name) for name in come if name not in renamed.values()),
        *(
            Drift(DriftKind.RETYPED, name, f"{name}: {told}")
            for name in new
            if name in old and (told := _lost_kind(old[name], new[name]))
        ),
        *_grown(before, now, export),
        *(_reordered(old, new) if is_delimited else []),
    ]
    return sorted(found)


def _is_missed(figures: Figures, now: Mapping[str, Figures]) -> bool:
    """A key that so many records had before that some of these should have it."""
    return figures.filled_share * max((other.records for other in now.values()), default=0) >= _ENOUGH


def _is_documented(name: str, export: Export) -> bool:
    return name in export.reads | export.known | export.ignore


def _kind(figures: Figures) -> str:
    return next((kind for kind in KINDS if figures.fits(kind) >= _FITS), "text")


def _lost_kind(old: Figures, new: Figures) -> str:
    kind = _kind(old)
    if kind == "text" or min(old.filled, new.filled) < _ENOUGH:
        return ""
    was, now = old.fits(kind), new.fits(kind)
    # Ones and noughts may go on as other numbers, numbers as ids with letters; a date looks like one, too, and is none.
    if kind == "boolean":
        now = max(now, new.fits("number"))
    elif kind == "number":
        now = max(now, new.fits("id") - new.fits("time"))
    return f"{kind} {was:.0%} -> {now:.0%}" if was - now >= _FALLS else ""


def _renamed(gone: Sequence[str], come: Sequence[str], old: Mapping[str, Figures], new: Mapping[str, Figures]) -> dict[str, str]:
    """Old name to new one, the most alike first."""
    scored = sorted(
        (-_alike(before, after), before, after)
        for before in gone
        for after in come
        if _alike(before, after) >= _ALIKE_NAMES and _holds_the_same(old[before], new[after])
    )
    pairs: dict[str, str] = {}
    for _, before, after in scored:
        if before not in pairs and after not in pairs.values():
            pairs[before] = after
    return pairs


def _alike(before: str, after: str) -> float:
    one, other = fold(before), fold(after)
    if one and other and (one in other or other in one):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


def _holds_the_same(old: Figures, new: Figures) -> bool:
    """Values of one kind, about as often filled, as long and as varied."""
    if not old.filled or not new.filled or _kind(old) != _kind(new):
        return False
    shorter, longer = sorted((old.mean_chars, new.mean_chars))
    is_as_varied = abs(old.distinct_share - new.distinct_share) <= _MOST_APART or abs(old.distinct - new.distinct) <= _FEW
    return abs(old.filled_share - new.filled_share) <= _MOST_APART and longer <= _LENGTH * max(shorter, 1.0) and is_as_varied


def _grown(before: Profile, now: Profile, export: Export) -> list[Drift]:
    """Choice columns with words that neither the mapping nor the last delivery knows. The words stay in the raw twin."""
    found = []
    for field in export.fields:
        if field.column not in before.words:
            continue
        fresh = set(now.words.get(field.column, ())) - set(before.words[field.column])
        lacking = unmapped(field, fresh)
        if lacking:
            found.append(Drift(DriftKind.GROWN_ENUM, field.column, f"{field.column}: {len(lacking)} new words without a mapping"))
    return found


def _reordered(old: Mapping[str, Figures], new: Mapping[str, Figures]) -> list[Drift]:
    before, now = [name for name in old if name in new], [name for name in new if name in old]
    moved = sum(one != other for one, other in zip(before, now, strict=True))
    return [Drift(DriftKind.REORDERED, "", f"columns that stand elsewhere, and are read by name: {moved}")] if moved else []
