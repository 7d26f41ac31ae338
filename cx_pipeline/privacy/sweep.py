"""The last pass over texts that were redacted already: what is left of any known person becomes its tag.

Redaction asks each text for its own people; a stranger's name in it (a wife's, a neighbour's who is a customer too) is found
here. It is the same search as the gate's, so that the gate fires on faults of the pipeline only.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.privacy.entity import TAG
from cx_pipeline.privacy.masking import in_order, replaced
from cx_pipeline.privacy.needles import KINDS, Needles
from cx_pipeline.privacy.normalise import Normalised, normalise
from cx_pipeline.privacy.search import search_normal
from cx_pipeline.privacy.spans import FENCE, spans
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.tokens_in_text import token_tags

COUNTS = {"kind": pl.String, "count": pl.Int64}
FINDINGS = {"row": pl.UInt32, "entity": pl.String, "rule": pl.String, "chars": pl.Int64}
RULE = "known."
_ROUNDS = 4  # masking one thing may bring together what it stood between; more than two rounds were never seen
_SCORE = 1.0


@dataclass(frozen=True)
class Swept:
    """Texts without identifiers of known people.

    Attributes:
        texts: as they came, with tags in place of what was found; null where they were null.
        counts: `COUNTS`: how often each kind of `needles.KINDS` was found, by kind; a kind that was not found has no row.
        findings: `FINDINGS`, for whoever books spans: the index of the text, the tag's entity, the rule (`known.<kind>`) and how
            many characters went.
        hit: index of each text in which something was met at the first look, replaced or not; in order.
    """

    texts: pl.Series
    counts: pl.DataFrame
    findings: pl.DataFrame
    hit: pl.Series


def sweep(texts: pl.Series, needles: Needles, tokeniser: Tokeniser | None = None) -> Swept:
    """Mask what is left in a batch of texts. Each distinct text costs once if the caller gives distinct texts.

    Args:
        texts: redacted or not; nulls stay.
        needles: identifiers of all known people.
        tokeniser: with it, tags hold tokens (`[EMAIL:k1_…]`) as in `text_tokenised`; without, they are plain.
    """
    swept, findings, hit = _once(texts.fill_null(""), needles, tokeniser)
    found = [findings]
    for _ in range(_ROUNDS - 1):
        if findings.is_empty():
            break
        rows = findings["row"].unique().sort()
        again, findings, _ = _once(swept.gather(rows), needles, tokeniser)
        findings = findings.with_columns(rows.gather(findings["row"]))
        swept = swept.scatter(rows, again)
        found.append(findings)
    findings = pl.concat(found)
    kind = pl.col("rule").str.strip_prefix(RULE).alias("kind")
    counts = findings.group_by(kind).agg(pl.len().cast(pl.Int64).alias("count")).sort("kind")
    return Swept(swept.zip_with(texts.is_not_null(), texts), counts, findings, hit)


def _once(texts: pl.Series, needles: Needles, tokeniser: Tokeniser | None) -> tuple[pl.Series, pl.DataFrame, pl.Series]:
    """Texts with tags in them, `FINDINGS`, and which texts were hit."""
    normal = normalise(texts)
    found = search_normal(normal, needles)
    hit = found["row"].unique().sort()
    if found.is_empty():
        return texts, pl.DataFrame(schema=FINDINGS), hit
    entity = pl.col("kind").replace_strict(list(KINDS), [str(each) for each in KINDS.values()], return_dtype=pl.String)
    named = found.select(
        "row",
        "start",
        "end",
        entity.alias("entity"),
        pl.concat_str(pl.lit(RULE), "kind").alias("rule"),
        pl.lit(_SCORE).alias("score"),
        pl.lit(None, dtype=pl.String).alias("known"),
    )
    ordered = in_order(named, _standing_tags(normal, found), normal.texts)
    placed = normal.original_places(ordered.with_columns(_tags(ordered, normal, tokeniser).alias("_tag")))
    length = (pl.col("end") - pl.col("start")).alias("chars")
    return replaced(texts, placed, "_tag"), placed.select("row", "entity", "rule", length), hit


def _standing_tags(normal: Normalised, found: pl.DataFrame) -> pl.DataFrame:
    """Tags in the texts that were hit: what touches one is no finding."""
    rows = found["row"].unique(maintain_order=True)
    tags = spans(rows, normal.texts.gather(rows), TAG, f"{FENCE}$0{FENCE}")
    return tags.select(pl.col("row").cast(pl.UInt32), "start", "end")


def _tags(ordered: pl.DataFrame, normal: Normalised, tokeniser: Tokeniser | None) -> pl.Series:
    if tokeniser is None:
        return ordered.select(pl.concat_str(pl.lit("["), "entity", pl.lit("]"))).to_series()
    text = normal.texts.gather(ordered["row"])
    values = ordered.with_columns(text.alias("_text")).select(pl.col("_text").str.slice("start", pl.col("end") - pl.col("start")))
    return token_tags(ordered["entity"], values.to_series(), tokeniser)
