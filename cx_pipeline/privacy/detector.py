"""What a detector is: where to look, what proves it, which words speak for it and against it.

Two sorts. A `NumberDetector` reads one candidate at a time (a run of digits, an address, a link, already cut out of its text)
together with the nearest word that says what the number is. A `PhraseDetector` reads whole texts: a phrase that introduces a
value, and the value. Detectors say where and why; what is done about it is the policy's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from cx_pipeline.privacy.entity import Entity

EARLIER = "~"
"""In front of a word of an earlier sentence: it may speak for a detector, but no longer against one."""


class Sort(StrEnum):
    """What a candidate looks like from afar."""

    NUMBER = "number"  # digits and what stands between them
    CODE = "code"  # letters and digits in groups
    HEX = "hex"  # colons between
    MAIL = "mail"  # an @ inside
    LINK = "link"  # a scheme or www.
    DOMAIN = "domain"  # words with dots


@dataclass(frozen=True)
class NumberDetector:
    """Finds an entity inside of candidates.

    Attributes:
        id: `entity.how`, stable for ever; the `rule` of its findings.
        entity: what it finds.
        title: one plain sentence, for whoever asks why something was masked.
        pattern: Python syntax. Searched in the candidate with up to three characters at either side, so that it can look
            around itself; `(?P<value>…)`, where there is one, is the finding.
        check: whether a match really is one, such as a checksum; None where the shape is enough.
        context: words that, nearest in front of the candidate (or behind: "… is my phone"), speak for it.
        against: words that speak for something else, and so silence the detector.
        needs_context: only where one of `context` stands.
        score: trust in a finding from 0 to 1; declared, not measured. Higher scores choose first.
        reads: sorts of candidates worth looking at.
        digits: least and most digits in a candidate worth looking at.
        sign: a character without which a candidate is not worth looking at; empty for none.
        gate: Rust syntax: stands in whatever the pattern finds, and so in every candidate worth looking at; empty for none. Asked
            of whole columns, which costs a tenth of asking the pattern.
    """

    id: str
    entity: Entity
    title: str
    pattern: str
    check: Callable[[str], bool] | None = None
    context: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    needs_context: bool = False
    score: float = 0.9
    reads: frozenset[Sort] = frozenset({Sort.NUMBER})
    digits: tuple[int, int] = (0, 10_000)
    sign: str = ""
    gate: str = ""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def speaks(self, word: str | None) -> bool:
        """Whether it may speak where this is the nearest word."""
        if word is not None and word.removeprefix(EARLIER) in self.context:
            return True
        return not self.needs_context and (word is None or word not in self.against)


@dataclass(frozen=True)
class PhraseDetector:
    """Finds an entity behind a phrase that introduces it, or by its own shape.

    Attributes:
        id, entity, title, score: as above.
        cue: what stands in front, Rust syntax; empty for none. Kept in the text.
        value: what is found, Rust syntax, without groups that are named.
        gate: Rust syntax, of literal words only: searched first, in the folded text (lower case, no accents), which is cheap.
            Where it is not found the detector finds nothing.
        keep: how many characters of a value, from its start, are the finding; 0 for none of it. Asked once for each distinct
            value. None: all of them.
        after: what must stand behind, Rust syntax; kept in the text.
    """

    id: str
    entity: Entity
    title: str
    gate: str
    cue: str
    value: str
    keep: Callable[[str], int] | None = None
    after: str = ""
    score: float = 0.7

    @cached_property
    def pattern(self) -> str:
        return f"(?P<p>{self.cue})(?P<v>{self.value})(?P<a>{self.after})"


Detector = NumberDetector | PhraseDetector
