"""What no published text may show, whatever the detectors thought of it: addresses, numbers with a country code, card numbers.

The shapes are plain enough to be asked of a database too; the audit does, with the same patterns. What they match in a text
that was redacted is masked without asking what it means.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.entity import Entity

RULE = "residue"
LEFT = {"row": pl.UInt32, "entity": pl.String, "rule": pl.String, "characters": pl.Int64}
#: Regular expressions that Polars and DuckDB read alike.
SHAPES: dict[Entity, str] = {
    Entity.EMAIL: r"[^@\s]+@[^@\s]+\.[^@\s]+",
    Entity.PHONE: r"\+[1-9](?:[ ().\-/]{0,2}[0-9]){8,14}",
    Entity.CARD: r"\b[3-6][0-9]{3}(?:[ \-][0-9]{4}){3}\b",
}


def masked(texts: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Texts with tags in place of what is left, and what was masked: row, entity, rule, characters."""
    parts = [pl.DataFrame(schema=LEFT)]
    for entity, shape in SHAPES.items():
        rows = texts.str.contains(shape).fill_null(value=False).arg_true()
        if rows.is_empty():
            continue
        left = pl.DataFrame({"row": rows, "value": texts.gather(rows).str.extract_all(shape)}).explode("value")
        said = left.select(
            pl.col("row").cast(pl.UInt32),
            pl.lit(entity.value).alias("entity"),
            pl.lit(f"{RULE}.{entity.lower()}").alias("rule"),
            pl.col("value").str.len_chars().cast(pl.Int64).alias("characters"),
        )
        parts.append(said)
        texts = texts.str.replace_all(shape, f"[{entity}]")
    return texts, pl.concat(parts)
