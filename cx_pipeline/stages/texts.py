"""Texts on their way from the clean tables into the published file: redacted, and what was taken out counted.

Each text is asked for what all silos know of its own people, for the full names of the company's agents, and for what gives
itself away. A text that stands there often is redacted once for the same people, and one of the night before not again.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.common import IS_DELETED
from cx_pipeline.contracts.table import Table
from cx_pipeline.privacy import residue
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.policy import DEFAULT
from cx_pipeline.privacy.redaction import FINDING, Redactor
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.withhold import withheld_still, withhold
from cx_pipeline.stages.kept_texts import KeptTexts, keys
from cx_pipeline.stages.redaction_counts import RedactionCounts
from cx_pipeline.stages.text_people import TextPeople, references
from cx_pipeline.stages.text_profiles import TextProfiles, named_in
from cx_pipeline.stages.text_roster import Roster

MASKED, TOKENISED, COUNTED = "text_masked", "text_tokenised", "pii_counts"
PII_COUNTS = pl.List(pl.Struct({"kind": pl.String, "count": pl.Int64}))
_TEXTS_AT_ONCE = 50_000
_NEXT = "\x1e"  # between the people of a party
_MADE: dict[str, pl.DataType | type[pl.DataType]] = {MASKED: pl.String, TOKENISED: pl.String, COUNTED: PII_COUNTS}


def redacted_name(column: str) -> str:
    """Where a row carries the published form of a text column."""
    return f"_redacted_{column}"


class Texts:
    """Redacts the texts of clean tables, one batch at a time.

    Attributes:
        counts: what was taken out so far.
    """

    def __init__(self, folder: Path, tokeniser: Tokeniser) -> None:
        self.counts = RedactionCounts()
        self._tokeniser = tokeniser
        self._roster = Roster.load(folder)
        self._people, self._profiles = TextPeople.load(folder), TextProfiles.load(folder)
        self._kept = KeptTexts.open(folder.parent, tokeniser)

    def close(self) -> None:
        """Keep what was redacted for the next night."""
        self._kept.close()

    def beside(self, rows: pl.DataFrame, table: Table) -> pl.DataFrame:
        """A batch of a clean table with the published forms of its texts, under `redacted_name`.

        A tombstone has none. A table with `text_tokenised` gets that and `pii_counts` of its one text, too.
        """
        columns = table.texts
        if not columns:
            return rows
        numbered = rows.with_row_index("row")
        long = pl.concat([_of_column(numbered, column, table) for column in columns])
        parts = [self._redacted(table.name, long.slice(at, _TEXTS_AT_ONCE)) for at in range(0, long.height, _TEXTS_AT_ONCE)]
        made = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, "column_name": pl.String, **_MADE}), *parts])
        for column in columns:
            own = made.filter(column_name=column.name)
            named = {MASKED: column.name} | {name: name for name in (TOKENISED, COUNTED) if name in table.published_schema}
            chosen = own.select("row", *(pl.col(made).alias(redacted_name(name)) for made, name in named.items()))
            numbered = numbered.join(chosen, on="row", how="left", maintain_order="left")
        return numbered.drop("row")

    def words(self, table: str, column: str, said: pl.DataFrame) -> pl.Series:
        """Words of the vendor's as they are published: what looks personal, or names an agent, is redacted, or null where
        that did not help.

        Args:
            table, column: where they stand.
            said: `text`, each once, and `n`, how often.
        """
        doubtful = said.select(withhold(pl.col("text")).is_null()).to_series() | self._roster.named_in(said["text"])
        rows = doubtful.arg_true()
        told = said.select(pl.lit(column).alias("column_name"), "n", pl.col("text").str.len_chars().alias("characters"))
        nothing = pl.lit([], dtype=pl.List(FINDING)).alias("findings")
        if rows.is_empty():
            self.counts.add(table, told.with_columns(nothing, pl.lit(value=False).alias("is_withheld")))
            return said["text"]
        texts = said.select("text")[rows].with_row_index("text_id")
        made = self._made(texts, [self._roster.known(texts)])
        published = said["text"].scatter(rows, made.select(withheld_still(pl.col(MASKED))).to_series())
        found = pl.DataFrame({"row": rows, "found": made["findings"]})
        listed = told.with_row_index("row").join(found, on="row", how="left", maintain_order="left")
        findings = pl.coalesce("found", nothing).alias("findings")
        self.counts.add(table, listed.with_columns(findings, published.is_null().alias("is_withheld")))
        return published

    def _redacted(self, table: str, long: pl.DataFrame) -> pl.DataFrame:
        """Published forms of some texts of one table: row, column_name and `_MADE`."""
        links = self._people.of(long.drop("column_name", "text").unique("row", maintain_order=True))
        party = pl.col("who").cast(pl.String).str.join(_NEXT).alias("party")
        parties = links.group_by("row", maintain_order=True).agg(party)
        asked = long.select("row", "column_name", "text").join(parties, on="row", how="left", maintain_order="left")
        distinct = asked.select("text", "party").unique(maintain_order=True).with_row_index("text_id")
        made = self._kept_or_made(distinct, named_in(long.lazy()).unique().collect())
        placed = asked.join(distinct, on=["text", "party"], nulls_equal=True, maintain_order="left")
        often = placed.group_by("column_name", "text_id").agg(pl.len().alias("n"))
        told = distinct.select("text_id", pl.col("text").str.len_chars().alias("characters"), made["findings"])
        self.counts.add(table, often.join(told, on="text_id").with_columns(pl.lit(value=False).alias("is_withheld")))
        forms = pl.concat([distinct.select("text_id"), made.select(*_MADE)], how="horizontal")
        return placed.join(forms, on="text_id", maintain_order="left").select("row", "column_name", *_MADE)

    def _kept_or_made(self, texts: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
        """As `_made`, of what the night before did not make already.

        Args:
            texts: `text_id`, `text`, `party`.
            named: values that the rows of the texts name, as `text_profiles.named_in` has them.
        """
        links = _links(texts["party"])
        agents = self._roster.known(texts)
        told = texts.join(self._prints(links, named), on="party", how="left", maintain_order="left").join(
            _agents_print(agents), on="text_id", how="left", maintain_order="left"
        )
        asked = texts.select("text_id").hstack(keys(told, ["text", "people", "agents"]))
        kept = self._kept.find(asked)
        new = texts.join(kept, on="text_id", how="anti", maintain_order="left")
        if new.is_empty() and not kept.is_empty():
            return kept.sort("text_id").drop("text_id")
        if new.height < texts.height:
            links = links.join(new, on="party", how="semi")
        fresh = self._made(new, [self._by_party(links, named), agents])
        self._kept.add(asked.join(new, on="text_id", how="semi", maintain_order="left"), fresh)
        whole = new.select("text_id").hstack(fresh)
        return pl.concat([whole, kept.select(whole.columns)] if kept.width > 1 else [whole]).sort("text_id").drop("text_id")

    def _prints(self, links: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
        """What is known of each party as one number: `party`, `people`."""
        prints = links.join(self._profiles.prints(links["who"], named), on="who", how="left", maintain_order="left")
        return prints.group_by("party").agg(pl.col("print").sum().alias("people"))

    def _made(self, texts: pl.DataFrame, known: list[Known]) -> pl.DataFrame:
        """Masked and tokenised forms, counts and findings of texts: `text_id`, `text`, and what `known` asks for."""
        redactor = Redactor(known, self._tokeniser, DEFAULT)
        # One after the other, as other batches are redacted at the same time: a thread more would hold as much more.
        parts = (texts.slice(at, _TEXTS_AT_ONCE) for at in range(0, texts.height, _TEXTS_AT_ONCE))
        made = pl.concat([redactor.empty(), *map(redactor.batch, parts)])
        masked, left = residue.masked(made[MASKED])
        tokenised, _ = residue.masked(made[TOKENISED])
        rows = left["row"].unique().sort()
        if not rows.is_empty():  # what shows only once these are gone
            masked = masked.scatter(rows, self._settled(masked.gather(rows)))
            tokenised = tokenised.scatter(rows, self._settled(tokenised.gather(rows)))
        findings = _with_left(made["findings"], left)
        return pl.DataFrame({MASKED: masked, TOKENISED: tokenised, "findings": findings}).with_columns(
            _counted(findings).alias(COUNTED)
        )

    def _by_party(self, links: pl.DataFrame, named: pl.DataFrame) -> Known:
        """What is known of the people of each party: the people of one text, by their names."""
        known = self._profiles.known_of(links["who"], named)
        people = links.join(known.people, on="who", maintain_order="left").select("party", "person")
        return Known(people, known.phrases, known.names)

    def _settled(self, texts: pl.Series) -> pl.Series:
        return pl.concat(Redactor([], None, DEFAULT).batches(texts.to_frame("text")))[MASKED]


def _of_column(rows: pl.DataFrame, column: Column, table: Table) -> pl.DataFrame:
    """The texts of a column: row, column_name, text, and the row's references. Deleted records have none."""
    deleted = pl.col(IS_DELETED) if IS_DELETED in rows.columns else pl.lit(value=False)
    there = pl.col(column.lake_name).is_not_null() & ~deleted
    name = pl.lit(column.name).alias("column_name")
    return rows.filter(there).select("row", name, pl.col(column.lake_name).alias("text"), *references(table))


def _links(parties: pl.Series) -> pl.DataFrame:
    """Who is in each party: `party`, `who`."""
    whos = pl.col("party").str.split(_NEXT).list.eval(pl.element().cast(pl.UInt64)).alias("who")
    return parties.drop_nulls().unique(maintain_order=True).to_frame("party").with_columns(whos).explode("who")


def _agents_print(agents: Known) -> pl.DataFrame:
    """Which agents each text names as one number: `text_id`, `agents`."""
    named = agents.people.join(agents.phrases, on="person", maintain_order="left")
    return named.group_by("text_id").agg(pl.struct("phrase", "known").hash(seed=3).sum().alias("agents"))


def _with_left(findings: pl.Series, left: pl.DataFrame) -> pl.Series:
    """Findings and what was found only at the end; the latter count, but their places are those of the redacted text."""
    if left.is_empty():
        return findings
    more = left.with_columns(
        pl.lit(0, dtype=pl.Int64).alias("start"), pl.col("characters").alias("end"), pl.lit(1.0).alias("score")
    )
    listed = more.group_by("row").agg(pl.struct(*(field.name for field in FINDING.fields)).alias("more"))
    rows = findings.to_frame("findings").with_row_index("row").join(listed, on="row", how="left", maintain_order="left")
    both = pl.col("findings").list.concat(pl.col("more").fill_null(pl.lit([], dtype=findings.dtype)))
    return rows.select(both.cast(findings.dtype)).to_series()


def _counted(findings: pl.Series) -> pl.Series:
    """How many of each kind, by kind; nothing found is an empty list."""
    rows = findings.to_frame("findings").with_row_index("row")
    kinds = rows.explode("findings", empty_as_null=False).select("row", pl.col("findings").struct.field("entity").alias("kind"))
    counts = kinds.drop_nulls().group_by("row", "kind").agg(pl.len().cast(pl.Int64).alias("count")).sort("row", "kind")
    listed = counts.group_by("row", maintain_order=True).agg(pl.struct("kind", "count").alias(COUNTED))
    none = pl.lit([], dtype=PII_COUNTS)
    return (
        rows.select("row")
        .join(listed, on="row", how="left", maintain_order="left")
        .select(pl.col(COUNTED).cast(PII_COUNTS).fill_null(none))
        .to_series()
    )
