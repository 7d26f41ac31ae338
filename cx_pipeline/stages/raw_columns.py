"""Raw columns under the names that an export reads them by, whole: spelled as the export does, derived, continued."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.sources.export import Context, Continuation, Export

_PRIVATE = ("_record", "_line")


def as_read(records: pl.LazyFrame, columns: Sequence[str], export: Export, context: Context) -> pl.LazyFrame:
    """Raw text records with the columns that the export knows by other names, and those that it makes of others.

    Args:
        records: `_record` and raw columns.
        columns: of the file.
        export: what the records are.
        context: what the whole file and the settings say.
    """
    if len(columns) == 1 and columns[0] in export.page_keys:
        return _out_of_envelope(records, columns[0], export, context)
    spelled = export.spelled(columns)
    records = records.with_columns(pl.col(held).alias(name) for name, held in spelled.items())
    if export.derive is None:
        return records
    made = export.derive([*columns, *spelled], context)
    return records.with_columns(expression.cast(pl.String).alias(name) for name, expression in made.items())


def _out_of_envelope(records: pl.LazyFrame, envelope: str, export: Export, context: Context) -> pl.LazyFrame:
    """Answers that hold one record under its name, `{"order": {…}}`, as that record."""
    names = [name for name in sorted(export.reads) if name.isidentifier() and name != envelope]
    held = records.with_columns(pl.col(envelope).str.json_path_match(f"$.{name}").alias(name) for name in names)
    return as_read(held, names, export, context)


def continued(records: pl.LazyFrame, rule: Continuation) -> pl.DataFrame:
    """What rows that go on with an earlier one are and say; rows that stand alone or come first are left out.

    A thing begins where its name is told and the row before tells another one or none, so rows that all tell it, one after the
    other, are as good as rows of which the first does. Rows that are torn from their first one find it by the
    group; where there is none, the group stands for its name.

    Args:
        records: `_record` and the columns of the rule, of the whole content.
        rule: how such rows are known.

    Returns:
        `_record`, the place, and the carried columns, filled; memory goes with the rows that continue others, not with all.
    """
    names = (rule.head, *rule.carried)
    told = {name: pl.col(name).str.strip_chars().replace("", None) for name in (rule.group, *names)}
    lone = pl.concat_str(pl.lit("record "), pl.col("_record"))
    run = [rule.group, "run"]
    return (
        records.select("_record", *(text.alias(name) for name, text in told.items()))
        .sort("_record")
        .with_columns(pl.col(rule.group).fill_null(lone))
        .with_columns((pl.col(rule.head).is_not_null() & pl.col(rule.head).ne_missing(pl.col(rule.head).shift(1))).alias("first"))
        .with_columns(pl.col("first").cum_sum().over(rule.group).clip(1).alias("run"))
        .with_columns(
            *(
                pl.coalesce(
                    name, pl.col(name).drop_nulls().first().over(run), *([rule.group] if name == rule.head else [])
                ).alias(name)
                for name in names
            ),
            (1 + (~pl.col("first")).cum_sum().over(run)).cast(pl.String).alias(rule.place),
        )
        .filter(~pl.col("first"))
        .select("_record", rule.place, *names)
        .collect()
    )


def is_continued(export: Export, columns: Sequence[str]) -> bool:
    """Whether a file with these columns holds rows that may go on with earlier ones."""
    return export.continuation is not None and export.continuation.marked_by in {*columns, *export.spelled(columns)}


def complete(batch: pl.DataFrame, export: Export, context: Context) -> pl.DataFrame:
    """The batch with every raw column that the export reads, the missing ones as null.

    Without a word of the context on continued rows the batch is taken for the whole.
    """
    if export.unfold is not None:
        batch = pl.concat([batch, export.unfold(batch)], how="horizontal")
    columns = [name for name in batch.columns if name not in _PRIVATE]
    batch = as_read(batch.lazy(), columns, export, context).collect()
    if export.continuation is not None:
        batch = _continue(batch, export.continuation, context.continued, is_used=is_continued(export, columns))
    missing = sorted(export.reads - set(batch.columns))
    return batch.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)


def _continue(batch: pl.DataFrame, rule: Continuation, known: pl.DataFrame | None, *, is_used: bool) -> pl.DataFrame:
    names = (rule.head, *rule.carried)
    batch = batch.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in (rule.group, *names) if name not in batch.columns
    )
    if not is_used:
        return batch.with_columns(pl.lit(None, dtype=pl.String).alias(rule.place), pl.col(rule.head).alias(rule.key))
    told = continued(batch.lazy(), rule) if known is None else known
    joined = batch.join(told, on="_record", how="left", maintain_order="left", suffix=" of the first")
    place, head = pl.col(rule.place), pl.coalesce(f"{rule.head} of the first", rule.head)
    return joined.with_columns(
        place.fill_null("1"),
        pl.when(place.is_null()).then(head).otherwise(pl.concat_str(head, pl.lit("/"), place)).alias(rule.key),
        *(pl.coalesce(f"{name} of the first", name).alias(name) for name in names),
    ).drop(f"{name} of the first" for name in names)
