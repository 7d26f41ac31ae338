"""What the columns of one delivered content look like: the figures that the next delivery is held against.

Kinds are judged on some thousand records spread over the file, words of choice columns on all of them, so that the profile of
a file of any size costs about the same and no rare new word is missed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile

import polars as pl

from cx_pipeline.scrub import json_values
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.enums import word_key
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.sources.export import Context, Export, Field

#: Of the records judged by kind.
SAMPLE_RECORDS = 4_096
_MOST_WORDS, _LONGEST_WORD = 500, 80
KINDS = {
    "boolean": r"(?i)^(?:true|false|yes|no|y|n|t|f|0|1)$",
    "number": r"^[+-]?(?:\d{1,3}(?:[ ,.']\d{3})+|\d+)(?:[.,]\d+)?%?$",
    "time": r"^(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|[A-Z][a-z]{2},? [A-Z0-9][A-Za-z0-9]{1,2} )",
    "json": r"^\s*[\[{]",
    "id": r"^[A-Za-z_-]*[0-9][A-Za-z0-9_:-]{3,}$",
}


@dataclass(frozen=True)
class Figures:
    """Of one column of the file, over the records looked at.

    Attributes:
        records: looked at.
        filled: of them with a value.
        distinct: different values.
        mean_chars: length of a value.
        fitting: how many filled cells could be of each kind of `KINDS`.
    """

    records: int
    filled: int
    distinct: int
    mean_chars: float
    fitting: dict[str, int]

    @property
    def filled_share(self) -> float:
        return self.filled / self.records if self.records else 0.0

    @property
    def distinct_share(self) -> float:
        return self.distinct / self.filled if self.filled else 0.0

    def fits(self, kind: str) -> float:
        """Share of the filled cells that could be of a kind."""
        return self.fitting[kind] / self.filled if self.filled else 0.0


@dataclass(frozen=True)
class Profile:
    """Of one content: its columns in the order of the file, and the words of each choice column of the mapping."""

    columns: dict[str, Figures]
    words: dict[str, list[str]]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> Profile:
        read = json.loads(text)
        return cls({name: Figures(**figures) for name, figures in read["columns"].items()}, read["words"])


def profile(records: pl.LazyFrame, columns: Sequence[str], export: Export) -> Profile:
    """Look at every column of a content.

    Args:
        records: landed text records, `_record` among the columns.
        columns: of the file, in its order.
        export: what they are; its choice columns tell their words.
    """
    if not columns:
        return Profile({}, {})
    sample = _spread(records, columns)
    return Profile({name: _figures(sample.get_column(name)) for name in columns}, _words(records, columns, export))


def _spread(records: pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    total = records.select(pl.len()).collect().item()
    step = max(1, total // SAMPLE_RECORDS)
    chosen = records if step == 1 else records.filter(pl.col("_record") % step == 0)
    return chosen.select(columns).collect()


def _figures(values: pl.Series) -> Figures:
    text = values.str.strip_chars()
    text = text.filter(text != "")
    told = text.value_counts(name="times")
    fits = told.select(
        (pl.col(text.name).str.contains(regex) * pl.col("times")).sum().alias(kind) for kind, regex in KINDS.items()
    )
    chars = int(text.str.len_chars().sum())
    return Figures(values.len(), text.len(), told.height, chars / text.len() if text.len() else 0.0, fits.row(0, named=True))


def enum_rule(field: Field) -> Rule | None:
    """The rule that looks a choice column's words up; None for other columns."""
    rules = field.rules(Context())
    return rules[-1] if rules and rules[-1].id.startswith("enums.") else None


def _words(records: pl.LazyFrame, columns: Sequence[str], export: Export) -> dict[str, list[str]]:
    found = {}
    for field in export.fields:
        if enum_rule(field) is None or field.name not in columns:
            continue
        texts = records.select(pl.col(field.name)).unique().collect().to_series().drop_nulls()
        if field.at is not None:
            texts = json_values.values(texts.to_frame(), [json_values.Place(field.name, field.at)])[0]
        clean = apply_rules(texts.unique(), _before_lookup(field)).values.drop_nulls().unique()
        keys = clean.to_frame("word").select(word_key(pl.col("word"))).to_series().unique()
        found[field.column] = keys.filter(keys.str.len_chars().is_between(1, _LONGEST_WORD)).sort().head(_MOST_WORDS).to_list()
    return found


def _before_lookup(field: Field) -> tuple[Rule, ...]:
    return tuple(takewhile(lambda rule: not rule.id.startswith("enums."), field.rules(Context())))


def unmapped(field: Field, words: Collection[str]) -> set[str]:
    """The words that the mapping of a choice column does not know."""
    rule = enum_rule(field)
    if rule is None or not words:
        return set()
    given = pl.Series("word", sorted(words), dtype=pl.String)
    known = apply_rules(given, (rule,)).values
    return set(given.filter(known.is_null()).to_list())
