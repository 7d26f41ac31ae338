"""How much was taken out of texts, by rule: counts, never values."""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.catalogue import OWN_RECORD, TYPOS
from cx_pipeline.privacy.entity import Entity

REDACTION_VERSION = 1
"""Counts up whenever the same text of the same people would be published otherwise."""

_SPANS = {"table_name": pl.String, "column_name": pl.String, "entity": pl.String, "rule": pl.String, "role": pl.String}
_NUMBERS = ("texts_with_findings", "spans", "characters_masked", "withheld")
_TOTALS = ("texts", "characters")
_OF_SPANS = ("texts_with_findings", "spans", "characters_masked")
_NO_SPANS = pl.DataFrame(schema=_SPANS | dict.fromkeys(_OF_SPANS, pl.Int64))


class RedactionCounts:
    """Collects what each batch of texts gave; `frame` is what `quality.redactions` holds."""

    def __init__(self) -> None:
        self._spans: list[pl.DataFrame] = []
        self._columns: list[pl.DataFrame] = []

    def add(self, table: str, texts: pl.DataFrame) -> None:
        """Count texts of one table.

        Args:
            table: its name.
            texts: one row a distinct text of a column: `column_name`, `n` (how often it stands there), `characters`,
                `findings`, and `is_withheld` where it is not published at all.
        """
        some = pl.col("findings").list.len() > 0
        n = pl.col("n").cast(pl.Int64)
        named = pl.lit(table).alias("table_name")
        columns = texts.group_by(named, "column_name").agg(
            n.sum().alias("texts"),
            (n * pl.col("characters")).sum().alias("characters"),
            n.filter(some).sum().alias("texts_with_findings"),
            n.filter("is_withheld").sum().alias("withheld"),
        )
        self._columns.append(columns)
        with_findings = texts.filter(some)
        if with_findings.is_empty():
            return
        found = with_findings.with_row_index("_text").explode("findings").unnest("findings")
        length = (pl.col("end") - pl.col("start")) * n
        by_rule = (
            found.with_columns(_role().alias("role"))
            .group_by("_text", named, "column_name", "entity", "rule", "role")
            .agg(n.sum().alias("spans"), length.sum().alias("characters_masked"), n.first().alias("texts_with_findings"))
        )
        self._spans.append(_summed(by_rule, list(_SPANS), _OF_SPANS))

    def frame(self, run_id: str) -> pl.DataFrame:
        """All counts: for each column one row in all, whose entity, rule and role are null, and one row a rule."""
        if not self._columns:
            return pl.DataFrame(schema=_SCHEMA)
        by = ["table_name", "column_name"]
        columns = _summed(pl.concat(self._columns), by, (*_TOTALS, "texts_with_findings", "withheld"))
        rules = _summed(pl.concat([_NO_SPANS, *self._spans]), list(_SPANS), _OF_SPANS)
        all_of = columns.join(_summed(rules, by, ("spans", "characters_masked")), on=by, how="left").with_columns(
            pl.col("spans", "characters_masked").fill_null(0)
        )
        with_totals = rules.join(columns.select(*by, *_TOTALS), on=by).with_columns(pl.lit(0, dtype=pl.Int64).alias("withheld"))
        return (
            pl.concat([all_of, with_totals], how="diagonal")
            .with_columns(pl.lit(run_id).alias("run_id"), pl.lit(REDACTION_VERSION, dtype=pl.Int64).alias("redaction_version"))
            .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
            .sort(*_SPANS, nulls_last=False)
        )


_SCHEMA = {
    "run_id": pl.String,
    **_SPANS,
    **dict.fromkeys((*_TOTALS, *_NUMBERS), pl.Int64),
    "redaction_version": pl.Int64,
}


def _role() -> pl.Expr:
    """Whose it is: known values are their person's, of the rest nobody is known."""
    known = pl.col("rule").str.starts_with(f"{OWN_RECORD}.") | pl.col("rule").str.starts_with(f"{TYPOS}.")
    agent = pl.col("entity") == Entity.AGENT_NAME.value
    return pl.when(~known).then(pl.lit("unknown")).when(agent).then(pl.lit("agent")).otherwise(pl.lit("customer"))


def _summed(rows: pl.DataFrame, by: list[str], numbers: tuple[str, ...]) -> pl.DataFrame:
    return rows.group_by(by).agg(pl.col(name).cast(pl.Int64).sum() for name in numbers)
