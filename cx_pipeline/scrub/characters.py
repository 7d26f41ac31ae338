"""Characters that carry no text: controls, invisible marks, odd line ends, and one spelling for each letter (NFC).

Every class here is written for one pass of a linear-time engine. The captures in `CONTROL.touches` look idle and are not:
they keep the engine from folding the alternatives into one class, which it could only search byte by byte.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.rule import Rule

# Scripts in which the zero-width joiner and non-joiner change how letters are drawn and so belong to the word.
_SCRIPTS = "".join(
    rf"\p{{{script}}}"
    for script in (
        "Arabic",
        "Syriac",
        "Devanagari",
        "Bengali",
        "Gurmukhi",
        "Gujarati",
        "Oriya",
        "Tamil",
        "Telugu",
        "Kannada",
        "Malayalam",
        "Sinhala",
        "Khmer",
        "Mongolian",
    )
)
_EMOJI = r"\p{Extended_Pictographic}"
_EMOJI_END = rf"{_EMOJI}\x{{fe0f}}\x{{1f3fb}}-\x{{1f3ff}}"
_UNICODE_LINE_ENDS = r"[\x{85}\x{2028}\x{2029}]"
_TAGS = r"\x{e0000}-\x{e007f}"
_FLAG_OR_TAG = r"(\x{1f3f4}[\x{e0020}-\x{e007e}]{1,8}\x{e007f})|[\x{e0000}-\x{e007f}]"
_DROPPED = (
    r"\x{80}-\x{84}\x{86}-\x{9f}\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{206f}"
    r"\x{feff}\x{fdd0}-\x{fdef}\x{fff9}-\x{fffc}\x{fffe}\x{ffff}"
)
_JOINERS = r"\x{200c}\x{200d}"

#: Inside of a class: every character that `CONTROL` or `INVISIBLE` could drop.
DROPPABLE = rf"\x00-\x08\x0e-\x1f\x7f{_DROPPED}{_JOINERS}{_TAGS}"

# Singletons and excluded compositions: the characters that NFC rewrites even when they stand alone (Unicode 16), rounded
# up to whole ranges where the gaps are unassigned.
_NOT_NFC = (
    r"\x{374}\x{37e}\x{387}\x{958}-\x{95f}\x{9dc}-\x{9df}\x{a33}-\x{a36}\x{a59}-\x{a5e}\x{b5c}\x{b5d}\x{f43}-\x{f69}"
    r"\x{1f71}-\x{1ffd}\x{2000}\x{2001}\x{2126}\x{212a}\x{212b}\x{2329}\x{232a}\x{2adc}\x{f900}-\x{fad9}\x{fb1d}-\x{fb4e}"
    r"\x{1d15e}-\x{1d1c0}\x{2f800}-\x{2fa1d}"
)
_HANGUL_TAILS = r"\x{1161}-\x{1175}\x{11a8}-\x{11c2}"


def non_ascii(column: pl.Expr) -> pl.Expr:
    """True for texts with a character beyond ASCII; counts bytes instead of searching, so five times cheaper."""
    return column.str.len_bytes() != column.str.len_chars()


def drop_controls(column: pl.Expr) -> pl.Expr:
    """Without the ASCII controls that are neither line end nor tab."""
    return column.str.replace_all(r"[\x00-\x08\x0e-\x1f\x7f]", "")


def unify_line_ends(column: pl.Expr) -> pl.Expr:
    """Windows and old Mac line ends, vertical tab and form feed as one newline."""
    return column.str.replace_all(r"\r\n?|[\x0b\x0c]", "\n")


def drop_invisible(column: pl.Expr) -> pl.Expr:
    """Without what is never seen; joiners stay where they join, tag characters inside a flag."""
    misplaced_after_emoji = rf"([{_EMOJI_END}])\x{{200d}}([^{_EMOJI}]|$)"
    return (
        column.str.replace_all(_UNICODE_LINE_ENDS, "\n")
        .str.replace_all(rf"[{_DROPPED}]", "")
        .str.replace_all(_FLAG_OR_TAG, "$1")
        .str.replace_all(rf"([{_JOINERS}])[{_JOINERS}]+", "$1")
        .str.replace_all(rf"(^|[^{_EMOJI_END}{_SCRIPTS}])\x{{200d}}", "$1")
        .str.replace_all(rf"(^|[^{_SCRIPTS}])\x{{200c}}", "$1")
        .str.replace_all(rf"\x{{200c}}([^{_SCRIPTS}]|$)", "$1")
        # Twice: neighbouring hits share a character, and a pass takes every other one.
        .str.replace_all(misplaced_after_emoji, "$1$2")
        .str.replace_all(misplaced_after_emoji, "$1$2")
    )


def compose(column: pl.Expr) -> pl.Expr:
    """One spelling for each letter: Unicode normal form C."""
    return column.str.normalize("NFC")


CONTROL = Rule(
    id="text.control_characters",
    version=1,
    title="Drops ASCII control characters other than line ends and tabs.",
    reads="text",
    guards="terminals, logs and CSV files that a control character would break; equality of texts that look the same",
    transform=drop_controls,
    touches=r"([\x00-\x08])|([\x0e-\x16])|([\x17-\x1f\x7f])",
)
INVISIBLE = Rule(
    id="text.invisible_characters",
    version=1,
    title=(
        "Drops byte-order marks, zero-width characters, soft hyphens, direction overrides and hidden tag characters; "
        "joiners inside emoji and inside Arabic and Indic words stay."
    ),
    reads="text",
    guards="equality and search; instructions hidden from a reader but not from a model",
    transform=drop_invisible,
    touches=rf"[\x{{85}}\x{{2028}}\x{{2029}}{_DROPPED}{_JOINERS}{_TAGS}]",
    gate=non_ascii,
)
LINE_ENDS = Rule(
    id="text.line_ends",
    version=1,
    title="Writes every kind of line end as one newline.",
    reads="text",
    guards="counts of lines and equality of texts from different systems",
    transform=unify_line_ends,
    touches=r"[\r\x0b\x0c]",
)
NFC = Rule(
    id="text.nfc",
    version=1,
    title="Composes letters and accents to Unicode normal form C.",
    reads="text",
    guards="equality: é can be one character or two",
    transform=compose,
    touches=rf"[\p{{M}}{_HANGUL_TAILS}{_NOT_NFC}]",
    gate=non_ascii,
)
