"""What the whole file says about its columns, before any cell is read: the formats of its times.

The declared format of an export is trusted as far as it fits. Where values do not fit (a file re-saved by a spreadsheet, say),
one format is inferred for the column from all its values; a column that fits more than one is undecidable, and its records
are quarantined rather than guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

import polars as pl

from cx_pipeline.extract import land
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.rule import Kind
from cx_pipeline.scrub.time_formats import TimeFormat
from cx_pipeline.scrub.time_inference import Verdict, infer
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import label_of
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages.raw_columns import as_read, continued, is_continued

# A text that respondents wrote seldom comes three times; a choice from a list does.
_TIMES_CHOSEN, _MOST_CHOICES, _LONGEST_CHOICE = 3, 60, 200


def told_by_settings(settings: Settings) -> Context:
    """What is told of every file alike, before one is looked at."""
    return Context(
        default_country=settings.default_country,
        zone=settings.timezone,
        test_domains=settings.test_domains,
        mailboxes=settings.mailboxes,
    )


def context_of(
    export: Export, records: Path, settings: Settings, file_name: str, columns: Sequence[str], labels: Iterable[tuple[str, str]]
) -> Context:
    """Look at the columns of one landed content as wholes.

    Args:
        export: what the records are.
        records: folder of the landed records.
        settings: of the run.
        file_name: as delivered.
        columns: stored names of the file's columns.
        labels: of columns, from the header rows.
    """
    label = label_of(export, file_name) if export.is_named_by_file else ""
    plain = replace(
        told_by_settings(settings),
        labels=dict(labels),
        file_label=label,
        survey=next((survey for survey in settings.surveys if fnmatchcase(label, survey.id)), None),
    )
    formats: dict[str, TimeFormat] = {}
    undecidable: set[str] = set()
    for field in export.fields:
        if field.time_format is None:
            continue
        values = _unfitting(field, field.time_format, plain, as_read(land.scan(records, columns), columns, export, plain))
        if values is None:
            continue
        found = infer(values)
        if found.verdict is Verdict.AMBIGUOUS:
            undecidable.add(field.column)
        elif found.format is not None:
            formats[field.column] = found.format
    choices = _choices(export, records, columns) if export.open_columns else frozenset()
    return replace(
        plain,
        time_formats=formats,
        undecidable=frozenset(undecidable),
        choices=choices,
        continued=_continued(export, records, columns, plain),
    )


def _continued(export: Export, records: Path, columns: Sequence[str], context: Context) -> pl.DataFrame | None:
    if export.continuation is None or not is_continued(export, columns):
        return None
    rule = export.continuation
    lazy = as_read(land.scan(records, columns), columns, export, context)
    held = lazy.collect_schema().names()
    lacking = [name for name in (rule.group, rule.head, *rule.carried) if name not in held]
    return continued(lazy.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in lacking), rule)


def _choices(export: Export, records: Path, columns: Sequence[str]) -> frozenset[str]:
    """Further columns with few texts, each given again and again: choices from a list, not what people wrote."""
    names = [name for name in columns if name not in export.reads]
    if not names:
        return frozenset()
    lazy = land.scan(records, names)
    given = pl.col(*names).drop_nulls()
    found = pl.concat(
        lazy.select(told).collect()
        for told in (given.count().cast(pl.Int64), given.n_unique().cast(pl.Int64), given.str.len_chars().max().cast(pl.Int64))
    )
    return frozenset(
        name
        for name, (answers, texts, longest) in zip(names, zip(*found.rows(), strict=True), strict=True)
        if texts <= _MOST_CHOICES and texts * _TIMES_CHOSEN <= answers and (longest or 0) <= _LONGEST_CHOICE
    )


def _unfitting(field: Field, declared: TimeFormat, context: Context, records: pl.LazyFrame) -> pl.Series | None:
    """All distinct values of a column where the declared format does not fit most of them, else None."""
    if field.name not in records.collect_schema().names():
        return None
    text = pl.col(field.name) if field.at is None else pl.col(field.name).str.json_path_match(field.at)
    lazy = records.select(text.alias(field.column)).drop_nulls()
    fits = pl.col(field.column).str.contains(declared.regex)
    misfits = lazy.filter(~fits).unique().collect().to_series()
    if misfits.is_empty():
        return None
    # Placeholders and open ends are no evidence: the rules before the parse take them away first.
    before = tuple(takewhile(lambda rule: rule.kind is not Kind.PARSE, field.rules(context)))
    misfits = apply_rules(misfits, before).values.drop_nulls()
    fitting = int(lazy.filter(fits).select(pl.len()).collect().item())
    if misfits.is_empty() or fitting > misfits.len():
        return None
    return apply_rules(lazy.unique().collect().to_series(), before).values.drop_nulls().unique()
