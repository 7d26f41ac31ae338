"""What the whole file says about its columns, before any cell is read: the formats of its times.

The declared format of an export is trusted as far as it fits. Where values do not fit (a file re-saved by a spreadsheet, say),
one format is inferred for the column from all its values; a column that fits more than one is undecidable, and its records
are quarantined rather than guessed.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import polars as pl

from cx_pipeline.extract import land
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.rule import Kind
from cx_pipeline.scrub.time_formats import TimeFormat
from cx_pipeline.scrub.time_inference import Verdict, infer
from cx_pipeline.settings import Settings
from cx_pipeline.sources.export import Context, Export, Field


def context_of(export: Export, records: Path, settings: Settings) -> Context:
    """Look at the time columns of one landed content as wholes."""
    plain = Context(
        default_country=settings.default_country,
        zone=settings.timezone,
        test_domains=settings.test_domains,
        mailboxes=settings.mailboxes,
    )
    formats: dict[str, TimeFormat] = {}
    undecidable: set[str] = set()
    for field in export.fields:
        if field.time_format is None:
            continue
        values = _unfitting(field, field.time_format, plain, records)
        if values is None:
            continue
        found = infer(values)
        if found.verdict is Verdict.AMBIGUOUS:
            undecidable.add(field.column)
        elif found.format is not None:
            formats[field.column] = found.format
    return Context(
        default_country=plain.default_country,
        zone=plain.zone,
        time_formats=formats,
        undecidable=frozenset(undecidable),
        test_domains=plain.test_domains,
        mailboxes=plain.mailboxes,
    )


def _unfitting(field: Field, declared: TimeFormat, context: Context, records: Path) -> pl.Series | None:
    """All distinct values of a column where the declared format does not fit most of them, else None."""
    text = pl.col(field.name) if field.at is None else pl.col(field.name).str.json_path_match(field.at)
    lazy = land.scan(records, [field.name]).select(text.alias(field.column)).drop_nulls()
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
