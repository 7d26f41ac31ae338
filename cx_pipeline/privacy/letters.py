"""Letters of names, as ranges: the classes of Unicode in full would make patterns that take longer to compile than to use.

Latin, Greek and Cyrillic. Extended Latin interleaves its two cases, so there a small letter may stand for a capital.
"""

from __future__ import annotations

#: Inside of a class, Rust syntax.
CAPITALS = r"A-Z\x{c0}-\x{d6}\x{d8}-\x{de}\x{100}-\x{24f}\x{386}-\x{3ab}\x{400}-\x{42f}\x{1e00}-\x{1eff}"
LETTERS = r"A-Za-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{24f}\x{300}-\x{36f}\x{386}-\x{3ff}\x{400}-\x{52f}\x{1e00}-\x{1eff}"
_EAST = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー々"
#: A word of signs that are syllables or more: one of them can be a name.
OF_SYLLABLES = rf"^[{_EAST}]+$"
#: Several of them: a name that stands in the middle of a sentence without anything around it.
WITHOUT_SPACES = rf"^[{_EAST}][{_EAST} ]*[{_EAST}]$"
