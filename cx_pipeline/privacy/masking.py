# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Findings put in order, and texts with tags in place of what was found."""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.entity import Entity

_NAMES = [Entity.CUSTOMER_NAME.value, Entity.AGENT_NAME.value, Entity.OTHER_NAME.value]
_PARTICLES = (
    "van|von|vom|zu|zum|zur|de|der|den|del|della|dello|degli|dei|di|da|das|do|dos|du|la|las|le|los|el|af|av|y|e|bin|ibn|al|ter|ten|"
    "te|st\\.|['’]t"
)
_BETWEEN_NAMES = rf"^(?:[ \-]|[ ]\p{{Lu}}\.?[ ]|[ ]?(?i:(?:[ ](?:{_PARTICLES})){{1,3}})[ ])$"


_FARTHEST = 12
_SAME_ROW = pl.col("row") == pl.col("row").shift(1)
_BEST_FIRST = [True, True, False, True]  # of two people with one name, the customer
_ROOM = 1 << 40  # more characters than a text has: rows and places as one number


def in_order(findings: pl.DataFrame, tags: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """One finding a place: what overlaps is one span, named after the longest, then the surest, of its parts.

    Args:
        findings: row, start, end, entity, rule, score, known; in any order.
        tags: row, start, end of the tags that stand in the texts already; whatever touches one is no finding.
        texts: to see what stands between two names.

    Returns:
        The same columns, by row and start, disjoint.
    """
    if findings.is_empty():
        return findings
    free = _clear_of(findings, tags)
    once = _united(free, pl.col("start") < pl.col("_reach"))
    alike = pl.col("entity").is_in(_NAMES) & (pl.col("entity") == pl.col("entity").shift(1))
    near = _SAME_ROW & alike & (pl.col("start") - pl.col("end").shift(1) <= _FARTHEST)
    rows = once.select(near.fill_null(value=False)).to_series().arg_true()
    if rows.is_empty():
        return once
    begin, end = once["end"].gather(rows - 1), once["start"].gather(rows)
    gaps = pl.DataFrame({"text": texts.gather(once["row"].gather(rows)), "begin": begin, "end": end})
    joins = gaps.select(
        pl.col("text").str.slice(pl.col("begin"), pl.col("end") - pl.col("begin")).str.contains(_BETWEEN_NAMES)
    ).to_series()
    joined = pl.Series("_joined", [False]).new_from_index(0, once.height).scatter(rows.filter(joins), True)
    return _united(once.with_columns(joined.alias("_joined")), pl.col("_joined")).drop("_joined", strict=False)


def _clear_of(findings: pl.DataFrame, tags: pl.DataFrame) -> pl.DataFrame:
    if tags.is_empty():
        return findings
    numbered = findings.with_row_index("_finding")
    touching = (
        numbered.select("_finding", "row", "start", "end")
        .join(tags.select(pl.col("row").cast(pl.UInt32), pl.col("start").alias("_from"), pl.col("end").alias("_to")), on="row")
        .filter((pl.col("start") < pl.col("_to")) & (pl.col("end") > pl.col("_from")))
    )
    return numbered.join(touching.select("_finding").unique(), on="_finding", how="anti", maintain_order="left").drop("_finding")


def _united(findings: pl.DataFrame, goes_on: pl.Expr) -> pl.DataFrame:
    """Runs of findings that go on with the one before, as one each."""
    length = pl.col("end") - pl.col("start")
    ordered = findings.sort(
        "row", "start", pl.col("end").neg(), pl.col("score").neg(), "rule", "entity", "known", nulls_last=True
    ).with_columns(
        ((pl.col("row").cast(pl.Int64) * _ROOM + pl.col("end")).cum_max().shift(1) - pl.col("row").cast(pl.Int64) * _ROOM).alias(
            "_reach"
        )
    )
    begins = ~(goes_on & _SAME_ROW).fill_null(value=False)
    grouped = ordered.with_columns(begins.cum_sum().alias("_run"))
    if grouped["_run"].n_unique() == grouped.height:
        return ordered.drop("_reach")
    best = [
        pl.col(name).sort_by([length, pl.col("score"), pl.col("rule"), pl.col("entity")], descending=_BEST_FIRST).first()
        for name in ("entity", "rule", "score")
    ]
    named = pl.col("known").filter(pl.col("known").is_not_null()).first()
    return (
        grouped.group_by("_run", maintain_order=True)
        .agg(pl.col("row").first(), pl.col("start").min(), pl.col("end").max(), *best, named.alias("known"))
        .select(findings.drop("_joined", strict=False).columns)
    )


def replaced(texts: pl.Series, findings: pl.DataFrame, tag: str) -> pl.Series:
    """Texts with the finding's tag in place of each finding.

    Args:
        texts: as they came.
        findings: row (an index of `texts`), start, end and the column `tag`; by row and start, disjoint.
        tag: name of the column that holds what stands in the finding's place.
    """
    if findings.is_empty():
        return texts
    previous = pl.when(_SAME_ROW).then(pl.col("end").shift(1)).otherwise(0).fill_null(0)
    pieces = (
        findings.select("row", "start", "end", pl.col(tag).alias("_tag"))
        .with_columns(texts.gather(findings["row"]).alias("_text"))
        .with_columns(pl.concat_str(pl.col("_text").str.slice(previous, pl.col("start") - previous), "_tag").alias("_piece"))
    )
    whole = pieces.group_by("row", maintain_order=True).agg(
        pl.concat_str(pl.col("_piece").str.join(""), pl.col("_text").last().str.slice(pl.col("end").last())).alias("_text")
    )
    return texts.clone().scatter(whole["row"], whole["_text"])
