"""The company's own people, looked for in every text by their full names.

A text may name an agent who has no part in it ("Ada King told me on Monday"). Full names of two words and more are safe to look
for everywhere; single words are looked for only in the texts of the agent's own interactions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from cx_pipeline.privacy.common_words import NAMES_THAT_ARE_WORDS
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.known import SCHEMA, Known, known_values

_SHORTEST = 6
_WORD = r"\p{L}{2,}"


@dataclass(frozen=True)
class Roster:
    """Full names of agents: `person`, `phrase` (folded), `known` (the name as the agents table holds it)."""

    names: pl.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Roster:
        """The roster of the clean tables. Automations are nobody, and names of two everyday words are left out."""
        told = (
            pl.scan_parquet(folder / "agents.parquet", glob=False)
            .filter(~pl.col("is_bot").fill_null(value=False))
            .select(pl.col("name").alias("known"))
            .drop_nulls()
            .unique()
            .collect()
            .sort("known")
        )
        words = pl.col("phrase").str.extract_all(_WORD)
        plain = words.list.eval(pl.element().is_in(sorted(NAMES_THAT_ARE_WORDS))).list.all()
        phrase = fold(told["known"]).str.replace_all(r"\s+", " ").str.strip_chars()
        names = (
            told.with_columns(phrase.alias("phrase"))
            .filter((words.list.len() >= 2) & ~plain & (pl.col("phrase").str.len_chars() >= _SHORTEST))
            .unique("phrase", keep="first", maintain_order=True)
            .with_row_index("person")
        )
        return cls(names.select(pl.col("person").cast(pl.UInt32), "phrase", "known"))

    def named_in(self, texts: pl.Series) -> pl.Series:
        """Whether one of the names seems to stand in a text; inside of longer words, too."""
        if self.names.is_empty():
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, texts.len())
        return self._stand_in(fold(texts))

    def _stand_in(self, folded: pl.Series) -> pl.Series:
        return folded.str.contains_any(self.names["phrase"].to_list()).fill_null(value=False)

    def known(self, texts: pl.DataFrame) -> Known:
        """Whose full names stand in which texts, as something to look for there.

        Args:
            texts: `text_id` and `text`.
        """
        nobody = _nobody(texts.schema["text_id"])
        if self.names.is_empty() or texts.is_empty():
            return nobody
        phrases = self.names["phrase"].to_list()
        folded = fold(texts["text"])
        rows = self._stand_in(folded).arg_true()
        hits = pl.DataFrame(
            {"text_id": texts["text_id"].gather(rows), "phrase": folded.gather(rows).str.extract_many(phrases, overlapping=True)}
        )
        people = hits.explode("phrase").unique(maintain_order=True).join(self.names, on="phrase").select("text_id", "person")
        asked = self.names.join(people.select("person").unique(), on="person", how="semi", maintain_order="left")
        entity = pl.lit(Entity.AGENT_NAME.value)
        found = asked.select("person", pl.lit("full").alias("kind"), "phrase", entity.alias("entity"), "known")
        return Known(
            people.sort("text_id", "person"),
            found.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()),
            nobody.names,
        )


@cache
def _nobody(number: pl.DataType) -> Known:
    """What is known where nobody is named; made once, as that costs as much as a handful of people."""
    return known_values(pl.DataFrame(schema={"text_id": number}), ["text_id"])
