"""The part of the page that is about the data themselves: what came, what was kept back, which checks were not passed."""

from __future__ import annotations

import polars as pl

from cx_pipeline.report import html
from cx_pipeline.report.facts import Facts
from cx_pipeline.report.shown import share, text, words
from cx_pipeline.report.svg import Picture

_FATES = (
    ("kept", "good"),
    ("older versions and copies", "rest"),
    ("left out on purpose", "warn"),
    ("kept back as damaged", "bad"),
)
_MOST_SOURCES, _MOST_RULES, _MOST_WARNED = 12, 8, 8
REASONS = {
    "json.invalid": "not readable as JSON",
    "csv.field_count": "too many or too few fields",
    "csv.quote": "a quotation mark is never closed",
    "csv.truncated": "the file ends in the middle",
    "encoding.invalid_bytes": "bytes that are no text",
    "key.unusable": "no key to tell the record by",
    "delivery.missing_column": "a required column is missing",
}


def kept_back_share(flow: pl.DataFrame) -> float | None:
    """Share of delivered records that were kept back as damaged."""
    whole = int(flow["delivered"].sum()) if flow.height else 0
    return int(flow["quarantined"].sum()) / whole if whole else None


def data_quality(facts: Facts) -> str:
    """What came and what became of it, by source; why records were kept back; checks that warn."""
    flow, rules, checks, warned = facts["flow"], facts["quarantine"], facts["checks"], facts["warned"]
    parts = []
    if flow.height:
        keys = "".join(f'<span class="{kind}">{text(name)}</span>' for name, kind in _FATES)
        rows = "".join(
            _source(row)
            for row in flow.sort("delivered", "source_system", descending=[True, False]).head(_MOST_SOURCES).to_dicts()
        )
        more = flow.height - _MOST_SOURCES
        parts += [
            "<h3>What became of every record, by tool</h3>",
            f'<div class="bars">{rows}</div><div class="key">{keys}</div>',
            html.paragraph(f"and {more} smaller tools" if more > 0 else ""),
        ]
    if rules.height:
        most = int(rules["records"].max() or 1)  # type: ignore[arg-type]
        parts += [
            "<h3>Why records were kept back</h3>",
            html.bars(
                [
                    (REASONS.get(row["rule"], row["rule"]), row["records"] / most, f"{row['records']:,}", "bad")
                    for row in rules.head(_MOST_RULES).to_dicts()
                ]
            ),
        ]
    if checks.height:
        passed = int(checks.filter(status="passed")["checks"].sum())
        every = int(checks["checks"].sum())
        parts += [
            f"<h3>{passed:,} of {every:,} checks passed</h3>",
            html.items(
                f"{words(row['table_name'].split('.')[-1])}: {row['description']}" for row in warned.head(_MOST_WARNED).to_dicts()
            ),
            html.paragraph(f"and {warned.height - _MOST_WARNED} more" if warned.height > _MOST_WARNED else ""),
        ]
    return html.section(
        "quality",
        "Can we believe the data?",
        "Every delivered record is accounted for. What cannot be read for sure is kept back, never guessed.",
        *parts,
    )


def _source(row: dict[str, int]) -> str:
    whole = row["delivered"] or 0
    parts = {
        "bad": row["quarantined"] or 0,
        "rest": (row["duplicate"] or 0) + (row["superseded"] or 0),
        "warn": row["filtered"] or 0,
    }
    made = Picture(100, 8, f"What became of {whole:,} records")
    at = 0.0
    for kind, count in (
        ("good", max(whole - sum(parts.values()), 0)),
        *((kind, parts[kind]) for kind in ("rest", "warn", "bad")),
    ):
        wide = 100 * count / whole if whole else 0
        made.rect(at, 0, wide, 8, kind)
        at += wide
    picture = made.inline("bar-line").replace("<svg ", '<svg preserveAspectRatio="none" ', 1)
    shown = f"{whole:,}, {share(parts['bad'] / whole if whole else None)} kept back"
    name = text(words(str(row["source_system"])))
    return f'<div class="row"><span class="name">{name}</span>{picture}<span class="value">{text(shown)}</span></div>'
