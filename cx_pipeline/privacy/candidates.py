"""What might be personal, found in one pass over the texts: runs of digits, addresses, links and codes, with their surroundings.

Everything costly is done to candidates only, and to each distinct one once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import polars as pl

from cx_pipeline.privacy.boundaries import asked, plainly, words
from cx_pipeline.privacy.detector import EARLIER, NumberDetector, Sort
from cx_pipeline.privacy.detectors.url import TOP_LEVELS, WITH_PATH
from cx_pipeline.privacy.entity import TAG
from cx_pipeline.privacy.spans import FENCE, spans

_LINK = r"(?i-u:https?|ftps?|sftp|wss?)://[^\s<>\x22\[]+|(?i-u:www)[0-9]?\.[^\s<>\x22\[]+"
_LOCAL = r"[A-Za-z0-9_.%+'&\-\x{c0}-\x{24f}\x{370}-\x{1fff}\x{3040}-\x{d7ff}]"
_HOST = r"[A-Za-z0-9\-\x{c0}-\x{24f}\x{370}-\x{1fff}\x{3040}-\x{d7ff}]"
_MAIL = rf"{_LOCAL}+@(?:{_HOST}+\.)+{_HOST}+|{_LOCAL}+@\[?[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}\]?"
_GAP = r"[ .\-\n]{0,2}"
_CODE = (
    rf"[A-Z]{{2}}[0-9]{{2}}(?:{_GAP}[A-Z0-9]{{4}}){{2,7}}(?:{_GAP}[A-Z0-9]{{1,3}})?(?-u:\b)"
    rf"|[A-Za-z]{{2}}[0-9]{{2}}(?:{_GAP}[A-Za-z]{{4}})?(?:{_GAP}[0-9]{{4}}){{2,7}}(?:{_GAP}[A-Za-z0-9]{{1,3}})?(?-u:\b)"
    r"|[A-Za-z]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[A-Da-d]"
    r"|[A-Za-z]{5}[0-9]{4}[A-Za-z](?-u:\b)"
    r"|[A-Za-z]{1,6}-?[0-9][A-Za-z0-9]{6,17}(?:-[A-Za-z])?"
)
_HEX = r"[0-9A-Fa-f]{0,4}:(?:[0-9A-Fa-f]{0,4}:){1,6}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4})"
_DOMAIN = (
    rf"(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+(?i-u:{'|'.join(sorted(TOP_LEVELS | WITH_PATH))})(?-u:\b)"
    r"(?::[0-9]+)?(?:[/?#][^\s<>\x22\[]*)?"
)
_NUMBER = (
    r"(?:[+(]{1,2} ?)?[0-9](?:[ .\-/()\n]{0,3}[0-9])*\)?"
    r"(?: ?,? ?(?:[xX]|(?i-u:ext)(?:\.|(?i-u:ension))?|#) ?\.? ?[0-9]{1,6})?(?:-?[A-Za-z](?-u:\b))?"
)
CANDIDATE = "|".join((TAG, _LINK, _MAIL, _CODE, _HEX, _DOMAIN, _NUMBER))
_WORTH_A_LOOK = r"[0-9@\[:]|www|\.[A-Za-z]{2}"
_REACH = 44  # characters in front of a candidate in which a word counts as said of it
_REACH_BEHIND = 30
_EDGE = 3

_CLAUSE = r"(?i)^[\s,]*(?:is|was|are|as|being)\s+(?:my|our|the)\b(.*)$"
_SENTENCE_ENDS = r"(?s)^.*(?:\p{L}{4}|[0-9)\]])[.!?][ \n]"
_IS_TAG = rf"^{TAG}$"
_SORTS = (
    (Sort.LINK, r"://|^(?i:www)[0-9]?\."),
    (Sort.MAIL, "@"),
    (Sort.HEX, r"^[0-9A-Fa-f]{0,4}:"),
    (Sort.NUMBER, r"^[+( ]*[0-9][0-9 .\-/()\n]*(?:$| ?[xXeE#,])"),
    (Sort.DOMAIN, r"\.[A-Za-z]{2}"),
)
_FEW_DIGITS = 7
_QUAD = r"[0-9]+(?:\.[0-9]+){3}"


def candidates(rows: pl.Series, texts: pl.Series, detectors: Iterable[NumberDetector]) -> pl.DataFrame:
    """Candidates of all texts, tags among them.

    Returns:
        row, start, end, value, sort (null for a tag), left and right (up to three characters at either side), word (the nearest
        word that says what it is, in lower case; null where none does).
    """
    worth = texts.str.contains(_WORTH_A_LOOK)
    found = spans(rows.filter(worth), texts.filter(worth), CANDIDATE, f"{FENCE}$0{FENCE}")
    sort: pl.Expr = pl.lit(Sort.CODE.value)
    for name, shape in reversed(_SORTS):
        sort = pl.when(pl.col("value").str.contains(shape)).then(pl.lit(name.value)).otherwise(sort)
    sorted_out = found.with_columns(pl.when(~pl.col("value").str.contains(_IS_TAG)).then(sort).alias("sort"))
    told = cue_words(tuple(detectors))
    few = (pl.col("sort") == Sort.NUMBER.value) & (pl.col("value").str.count_matches(r"[0-9]") < _FEW_DIGITS)
    kept = sorted_out.filter(~(few & ~pl.col("value").str.contains(_QUAD)).fill_null(value=False))
    return kept.select(
        "row",
        "start",
        "end",
        "value",
        "sort",
        pl.col("before").str.tail(_EDGE).alias("left"),
        pl.col("after").str.head(_EDGE).alias("right"),
        pl.coalesce(_said_behind(kept["after"], told), _said_before(kept["before"], told)).str.to_lowercase().alias("word"),
    )


def _said_behind(after: pl.Series, told: str) -> pl.Series:
    """The first word of the clause that says what a value is, as in `… is my order`."""
    clause = asked(after.str.head(_REACH_BEHIND), _CLAUSE, lambda some, which: some.str.extract(which))
    rows = clause.is_not_null().arg_true()
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, after.len())
    return nothing.scatter(rows, plainly(clause.gather(rows)).str.extract(f"({told})"))


def _said_before(before: pl.Series, told: str) -> pl.Series:
    """The last word in front of a value, marked where it stands in an earlier sentence."""
    near = before.str.tail(_REACH)
    word = _last(near, told)
    # Most values are in the first sentence of what is near, and have been asked with that.
    rows = (word.is_not_null() & near.str.contains(_SENTENCE_ENDS)).arg_true()
    here = _last(near.gather(rows).str.replace(_SENTENCE_ENDS, ""), told)
    earlier = pl.select(pl.concat_str(pl.lit(EARLIER), word.gather(rows))).to_series()
    return word.scatter(rows, here.zip_with(here.is_not_null(), earlier))


def _last(near: pl.Series, told: str) -> pl.Series:
    return plainly(near).str.extract_all(told).list.last()


@cache
def cue_words(detectors: tuple[NumberDetector, ...]) -> str:
    """A pattern of every word that speaks for or against one of the detectors; the longest of those that begin alike."""
    said = {word for detector in detectors for word in (*detector.context, *detector.against)}
    return words(said)
