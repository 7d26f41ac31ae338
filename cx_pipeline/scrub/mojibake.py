# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Text that was decoded with the wrong encoding: 'cafÃ©' for 'café'.

The repair is ftfy's, which decides by how unlikely a text is. It is asked only about texts that hold a lead byte followed by
a continuation byte as some Windows, Mac or DOS code page would show them, and each distinct text once. Two of its guesses
are switched off: reading a plain space as a lost no-break space, and writing U+FFFD for what cannot be recovered.
"""

from __future__ import annotations

import ftfy
import polars as pl

from cx_pipeline.scrub.characters import DROPPABLE, compose, drop_controls, drop_invisible, non_ascii, unify_line_ends
from cx_pipeline.scrub.fixpoint import Step, as_step, on_matching
from cx_pipeline.scrub.rule import Rule, on_unique
from cx_pipeline.scrub.whitespace import collapse_paragraphs, plain_spaces, tabs_to_spaces, trim

_CONFIG = ftfy.TextFixerConfig(restore_byte_a0=False, replace_lossy_sequences=False)
_ROUNDS = 6

_GAP = rf"[{DROPPABLE}]*"  # characters that later rules drop, so that dropping them cannot make a new pair
_LATIN_LEAD = r"[\x{c2}-\x{f4}ĂĹĎĐŃāβ\x{212b}]"
_LATIN_TAIL = r"[\x{80}-\x{bf}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x{387}\x{1ffd}]"
_OTHER_LEAD = r"[√├┬ΓΒΞΟ‚¬ВГДРСв]"
_DECOMPOSED = r"[\x{300}-\x{344}]"
TELL_TALE = (
    rf"{_LATIN_LEAD}{_GAP}{_LATIN_TAIL}|{_OTHER_LEAD}{_GAP}[^\x00-\x7fа-яА-Яα-ωΑ-Ω]"
    rf"|[\x{{80}}-\x{{9f}}]|{_DECOMPOSED}{_GAP}{_LATIN_TAIL}|{_LATIN_LEAD}{_GAP}[SZszY]{_GAP}{_DECOMPOSED}"
)


def _tidy(column: pl.Expr) -> pl.Expr:
    """What the rules after this one make of a text."""
    return trim(
        collapse_paragraphs(tabs_to_spaces(plain_spaces(compose(unify_line_ends(drop_invisible(drop_controls(column)))))))
    )


_tidied: Step = as_step(_tidy)


def _fix(texts: list[str]) -> list[str | None]:
    return [ftfy.fix_encoding(text, _CONFIG) for text in texts]


_fixed: Step = as_step(on_unique(_fix))


def repair(values: pl.Series) -> pl.Series:
    """Repair the texts that show the tell-tale pairs, until nothing changes; all others come back as they were.

    A text is also tried as the later rules would leave it, since a zero-width character inside a pair hides it; where that
    finds nothing, the text is left alone for those rules to tidy and count.
    """
    return on_matching(values, TELL_TALE, _repair_suspects)


def _repair_suspects(values: pl.Series) -> pl.Series:
    result, rows, active = values.clone(), pl.int_range(0, values.len(), dtype=pl.UInt32, eager=True), values
    for _ in range(_ROUNDS):
        plain = _fixed(active)
        tidy = _tidied(plain)
        again = _fixed(tidy)
        following = plain.zip_with(again.eq_missing(tidy), again)
        changed = following.ne_missing(active)
        rows, active = rows.filter(changed), following.filter(changed)
        if rows.is_empty():
            break
        result = result.scatter(rows, active)
    return result


MOJIBAKE = Rule(
    id="text.mojibake",
    version=1,
    title="Repairs text that was decoded with the wrong encoding, where ftfy is sure of it.",
    reads="text",
    guards="names and messages unreadable to people, to search and to models",
    transform=lambda column: column.map_batches(repair, return_dtype=pl.String, is_elementwise=True),
    touches=TELL_TALE,
    gate=non_ascii,
)
