"""A text that is rewritten and still knows where each of its characters came from."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

_NON_ASCII = re.compile(r"([^\x00-\x7f]+)")


@dataclass(frozen=True)
class Traced:
    """A text; `begins[i]` and `ends[i]` are the characters of the original that its i-th character stands for."""

    text: str
    begins: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> Traced:
        return cls(text, list(range(len(text))), list(range(1, len(text) + 1)))

    def sub(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str | None]) -> Traced:
        """Matches replaced; each new character stands for the whole match. `replace` gives None to leave one alone."""
        parts: list[tuple[int, int, str]] = []
        for match in pattern.finditer(self.text):
            new = replace(match)
            if new is not None and new != match.group():
                parts.append((match.start(), match.end(), new))
        return self.replaced(parts)

    def replaced(self, parts: list[tuple[int, int, str]]) -> Traced:
        """Some stretches, in order, replaced by texts."""
        if not parts:
            return self
        text: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        done = 0
        for begin, end, new in parts:
            text += (self.text[done:begin], new)
            begins += self.begins[done:begin] + [self.begins[begin]] * len(new)
            ends += self.ends[done:begin] + [self.ends[end - 1]] * len(new)
            done = end
        text.append(self.text[done:])
        return Traced("".join(text), begins + self.begins[done:], ends + self.ends[done:])

    def became(self, other: str) -> Traced:
        """The same after a repair of its encoding, which leaves ASCII where it is."""
        if other == self.text:
            return self
        mine, others = _NON_ASCII.split(self.text), _NON_ASCII.split(other)
        if mine[::2] == others[::2]:
            return self.replaced(_paired(mine, others))
        blocks = difflib.SequenceMatcher(None, self.text, other, autojunk=False).get_opcodes()
        return self.replaced(
            [(begin, end, other[low:high]) for how, begin, end, low, high in blocks if how != "equal" and end > begin]
        )


def _paired(mine: list[str], others: list[str]) -> list[tuple[int, int, str]]:
    parts, place = [], 0
    for number, (old, new) in enumerate(zip(mine, others, strict=True)):
        if number % 2 and old != new:
            parts.append((place, place + len(old), new))
        place += len(old)
    return parts
