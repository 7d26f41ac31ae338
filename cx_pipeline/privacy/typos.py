# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Own names that are mistyped, looked for only behind a phrase that introduces a name.

A word counts when it is one insertion, deletion, exchange or swap of neighbours away (optimal string alignment) from a name of at
least four letters of that text's own people, and is no frequent word itself.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from cx_pipeline.privacy.catalogue import TYPOS
from cx_pipeline.privacy.common_words import NEAR_NAMES
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.letters import CAPITALS, LETTERS
from cx_pipeline.privacy.reading import FINDINGS
from cx_pipeline.privacy.spans import FENCE, spans

_SCORE = 0.85
_SHORTEST = 4
_MOST_EDITS = 1
_NAME = rf"[{LETTERS}'’\-]+\.?(?:[ ][{LETTERS}'’\-]+\.?){{0,3}}"
_SURE = (
    r"(?i:\b(?:my|customer|full|first|last|the|account|sur|contact|his|her)?[ ]?name(?: is|['’]s|:| on the (?:account|order) is|"
    r" was)|\bname\b[ ]?[:=\-]|\bi am called|\bi go by|\bcall me|\bsigned|"
    r"\bmein name ist|\bich heiße|\bje m['’]appelle|\bme llamo|\bmi nombre es)[ ,:\n]*(?i:(?:mr|mrs|ms|miss|dr)\.? )?"
)
_SIGN_OFF = (
    r"(?i:\b(?:regards|sincerely|yours|truly|faithfully|wishes|many thanks|thanks|thank you|thx|cheers|best|love|greetings|grüße|"
    r"cordialement|saludos))[ ]*[,!.\-–]?[ ]*[\n,\-–][\s\-–]*"
)
_PERHAPS = (
    r"(?i:\b(?:this is|it['’]s|i am|i['’]m|dear|hi|hello|hey|mr|mrs|ms|miss|on behalf of|speaking with|account holder|"
    r"under the name(?: of)?)\b\.?,?)[ ]+"
)
_SIGN_OFF_GATE = (
    r"(?:regards|sincerely|yours|truly|faithfully|wishes|thanks|thank you|thx|cheers|best|love|greetings|gruse|cordialement|"
    r"saludos)[ ]*[,!.\-–]?[ ]*[\n,\-–]"
)
# Each with what is cheap to look for in the folded text first, and with whether the name must begin with a capital.
_CUES = (
    (_SURE, "name|called|call me|go by|signed|heise|appelle|llamo|nombre", False),
    (_SIGN_OFF, _SIGN_OFF_GATE, False),
    (_PERHAPS, "this is|it's|i am|i'm|dear|hi |hi,|hello|hey|mr|ms|miss|behalf|speaking|holder|under the", True),
)


def words_behind(rows: pl.Series, texts: pl.Series, folded: pl.Series) -> pl.DataFrame:
    """Words that stand where a name is introduced and are no frequent words: row, start, end, folded.

    Args:
        rows: number of each text.
        texts: as they are read.
        folded: the same, folded.
    """
    parts = []
    for cue, gate, capital in _CUES:
        worth = folded.str.contains(gate).arg_true()
        parts.append(_words_behind(rows.gather(worth), texts.gather(worth), cue, capital=capital))
    said = pl.concat(parts).unique(maintain_order=True)
    return said.filter((pl.col("folded").str.len_chars() >= _SHORTEST - 1) & ~pl.col("folded").is_in(sorted(NEAR_NAMES)))


def mistyped(words: pl.DataFrame, people: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Findings of own names with one typing error.

    Args:
        words: as `words_behind` finds them.
        people: row, person.
        phrases: as `known.SCHEMA`.
    """
    names = phrases.filter((pl.col("kind") == "name") & (pl.col("phrase").str.len_chars() >= _SHORTEST))
    pairs = words.join(people, on="row", maintain_order="left").join(names, on="person", maintain_order="left")
    near = pairs.filter(
        (pl.col("folded").str.len_chars().cast(pl.Int64) - pl.col("phrase").str.len_chars().cast(pl.Int64)).abs() <= 1
    )
    if near.is_empty():
        return pl.DataFrame(schema={**FINDINGS, "known": pl.String})
    distances = cpdist(
        near["folded"].to_list(), near["phrase"].to_list(), scorer=OSA.distance, score_cutoff=_MOST_EDITS, dtype=np.uint8
    )
    return near.filter(pl.Series(distances <= _MOST_EDITS)).select(
        *(pl.col(name).cast(FINDINGS[name]) for name in ("row", "start", "end", "entity")),
        pl.lit(f"{TYPOS}.name").alias("rule"),
        pl.lit(_SCORE).alias("score"),
        "known",
    )


def _words_behind(rows: pl.Series, texts: pl.Series, cue: str, *, capital: bool) -> pl.DataFrame:
    """The words, up to four, behind a phrase: row, start, end, folded."""
    word = _NAME if not capital else rf"[{CAPITALS}][{LETTERS}'’\-]+(?:[ ][{CAPITALS}][{LETTERS}'’\-]*\.?){{0,3}}"
    names = spans(rows, texts, f"(?P<p>{cue})(?P<v>{word})", f"${{p}}{FENCE}${{v}}{FENCE}")
    parts = spans(
        pl.int_range(names.height, dtype=pl.UInt32, eager=True), names["value"], rf"[{LETTERS}'’]+", f"{FENCE}$0{FENCE}"
    )
    whose = names.select("row", pl.col("start").alias("base"))[parts["row"]]
    return parts.select(
        whose["row"],
        (pl.col("start") + whose["base"]).alias("start"),
        (pl.col("end") + whose["base"]).alias("end"),
        pl.col("value").alias("folded"),
    ).with_columns(fold(parts["value"]).alias("folded"))
