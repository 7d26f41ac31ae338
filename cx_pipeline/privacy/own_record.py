# ruff: noqa: RUF001 - look-alike characters are the subject here
"""The customer's own names, addresses, numbers and ids, and the agent's names, found in the texts of their own interactions.

Each text is asked for the phrases of its own people and for nobody else's, so a customer called May does not take the month out
of everybody's messages.
"""

from __future__ import annotations

import re

import polars as pl

from cx_pipeline.privacy.catalogue import OWN_RECORD
from cx_pipeline.privacy.common_words import MONTHS, NAMES_THAT_ARE_WORDS, SENTENCE_STARTERS
from cx_pipeline.privacy.detector import Sort
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.letters import OF_SYLLABLES, WITHOUT_SPACES
from cx_pipeline.privacy.person_names import name_forms
from cx_pipeline.privacy.reading import FINDINGS

_SCORE = 1.0
_MOST_DIGITS = 15  # of a telephone number


def own_values(people: pl.DataFrame, known: Known, texts: pl.Series, folded: pl.Series) -> pl.DataFrame:
    """Findings of exact phrases.

    Args:
        people: row (an index of `texts`), person.
        known: what is known of them.
        texts: as they are read.
        folded: the same, folded.

    Returns:
        `FINDINGS`, with `known`.
    """
    first = known.phrases.filter(pl.col("kind") != "phone")
    hits = _places(people.join(first, on="person", maintain_order="left"), texts, folded)
    named = hits.filter(pl.col("kind") == "name").select("row", "person").unique(maintain_order=True)
    forms = name_forms(known.names.join(named.select("person").unique(), on="person", how="semi", maintain_order="left"))
    more = _places(named.join(forms, on="person", maintain_order="left"), texts, folded)
    words = sorted(NAMES_THAT_ARE_WORDS)
    only_words = pl.col("phrase").str.extract_all(r"\p{L}{2,}").list.eval(pl.element().is_in(words)).list.all()
    written = (
        ~only_words
        | (pl.col("kind") == "full")
        | pl.col("written").str.contains(r"^\p{Lu}")
        | pl.col("before").str.contains(_INTRODUCED)
    )
    return _findings(pl.concat([hits.filter(_stands_out()), more.filter(written)]))


def own_phones(people: pl.DataFrame, phrases: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Findings of the own telephone numbers, whatever their spelling.

    Args:
        people: row, person.
        phrases: as `known.SCHEMA`.
        numbers: candidates: row, start, value, sort.
    """
    asked = people.join(phrases.filter(pl.col("kind") == "phone"), on="person", maintain_order="left")
    digits = numbers.filter(pl.col("sort").is_in([Sort.NUMBER.value, Sort.CODE.value])).with_columns(
        pl.col("value").str.replace_all(r"[^0-9]", "").alias("digits")
    )
    hits = digits.join(asked, on="row", maintain_order="left").filter(
        pl.col("digits").str.contains(pl.col("phrase"), literal=True)
    )
    pairs = hits.select("value", "phrase").unique(maintain_order=True)
    spans = [_phone_span(value, tail) for value, tail in pairs.iter_rows()]
    placed = hits.join(
        pairs.with_columns(
            pl.Series("from", [span[0] for span in spans], dtype=pl.Int64),
            pl.Series("to", [span[1] for span in spans], dtype=pl.Int64),
        ),
        on=["value", "phrase"],
        maintain_order="left",
    )
    return _findings(
        placed.with_columns((pl.col("start") + pl.col("to")).alias("end"), (pl.col("start") + pl.col("from")).alias("start"))
    )


_ANY_DIGIT = re.compile(r"[0-9]")


def _phone_span(value: str, tail: str) -> tuple[int, int]:
    """Where in a candidate the number stands: all of it, or what can belong to it of a run that holds more."""
    places = [match.start() for match in _ANY_DIGIT.finditer(value)]
    if len(places) <= _MOST_DIGITS:
        return 0, places[-1] + 1
    at = "".join(value[place] for place in places).index(tail)
    first = places[max(0, at + len(tail) - _MOST_DIGITS)] if at < len(tail) else places[at]
    return first, places[at + len(tail) - 1] + 1


def _places(asked: pl.DataFrame, texts: pl.Series, folded: pl.Series) -> pl.DataFrame:
    """Where the phrases stand: row, person, kind, phrase, entity, known, start, end, before, after; bounded by no word."""
    open_ = asked.with_columns(folded.gather(asked["row"]).alias("rest"), pl.lit(0, dtype=pl.Int64).alias("base"))
    found = []
    while not open_.is_empty():
        hit = (
            open_.filter(pl.col("rest").str.contains(pl.col("phrase"), literal=True))  # a tenth of what finding the place costs
            .with_columns(pl.col("rest").str.find(pl.col("phrase"), literal=True).alias("at"))
            .filter(pl.col("at").is_not_null())
            .with_columns(_characters("rest", "at").alias("at"))
            .with_columns((pl.col("base") + pl.col("at")).alias("start"))
            .with_columns((pl.col("start") + pl.col("phrase").str.len_chars()).alias("end"))
        )
        found.append(hit.drop("rest", "base", "at"))
        open_ = hit.with_columns(
            pl.col("rest").str.slice(pl.col("at") + pl.col("phrase").str.len_chars()).alias("rest"), pl.col("end").alias("base")
        ).drop("at", "start", "end")
    if not found:
        found = [asked.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in ("start", "end"))]
    return _at_bounds(pl.concat(found), texts)


def _characters(text: str, at: str) -> pl.Expr:
    """Bytes as characters."""
    ascii_only = pl.col(text).str.len_bytes() == pl.col(text).str.len_chars()
    head = pl.col(text).cast(pl.Binary).bin.head(pl.col(at)).cast(pl.String).str.len_chars()
    return pl.when(ascii_only).then(pl.col(at)).otherwise(head).cast(pl.Int64)


_LOOK = 28


def _at_bounds(hits: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    begin = (pl.col("start") - _LOOK).clip(lower_bound=0)
    seen = hits.with_columns(texts.gather(hits["row"]).alias("text")).with_columns(
        pl.col("text").str.slice(begin, pl.col("start") - begin).alias("before"),
        pl.col("text").str.slice(pl.col("end"), 4).alias("after"),
        pl.col("text").str.slice(pl.col("start"), pl.col("end") - pl.col("start")).alias("written"),
    )
    within = pl.col("phrase").str.contains(WITHOUT_SPACES)
    inside = pl.col("before").str.contains(r"[\p{L}\p{N}_]$") | pl.col("after").str.contains(r"^[\p{L}\p{N}_]")
    number = pl.col("phrase").str.contains(r"^[0-9]")
    part = number & (pl.col("before").str.contains(r"[0-9][\-.,:/]$") | pl.col("after").str.contains(r"^[\-.,:/][0-9]"))
    return seen.filter((within | ~inside) & ~part).drop("text")


_INTRODUCED = (
    r"(?i)(?:name(?: is|['’]s|:)?|i am|i['’]m|this is|regards|sincerely|thanks|thank you|cheers|best|wishes|dear|hi|hello|hey|"
    r"mr|mrs|ms|miss|dr|from|it['’]s|signed|sign|yours|customer|account holder|holder|called|for|by)[\s,.:\-–]*$"
)
_SENTENCE_START = r"(?:^|[.!?:\n]|[.!?]['\"”])\s*[\-–•*>]*\s*$"
_DATED = (
    r"(?i)(?:\b(?:in|by|since|until|till|til|of|from|during|before|after|on|last|next|this|early|late|mid|end of|through|every)|"
    r"[0-9](?:st|nd|rd|th)?\.?|\])[ ]$"
)
_ALONE = r"^(?:[,.!?;]?\s*$|[,\n]|['’]s\b)"


def _stands_out() -> pl.Expr:
    """A name that is a word too, or has two letters, counts where it is written or introduced as a name."""
    short = (pl.col("phrase").str.len_chars() < 3) & ~pl.col("phrase").str.contains(OF_SYLLABLES)
    doubtful = pl.col("phrase").is_in(sorted(NAMES_THAT_ARE_WORDS)) | short
    capital = pl.col("written").str.contains(r"^\p{Lu}\p{Ll}*$")
    starter = pl.col("phrase").is_in(sorted(SENTENCE_STARTERS))
    starts = starter & pl.col("before").str.contains(_SENTENCE_START) & ~pl.col("after").str.contains(_ALONE)
    beside_name = pl.col("before").str.contains(r"\p{Lu}[\p{L}]+,? $|\p{Lu}\. ?$") | pl.col("after").str.contains(
        r"^ \p{Lu}[\p{Ll}.]"
    )
    dated = pl.col("phrase").is_in(sorted(MONTHS)) & (
        pl.col("before").str.contains(_DATED) | pl.col("after").str.contains(r"^,? [0-9\[]")
    )
    shows = (capital & ~dated & (~starts | beside_name)) | pl.col("before").str.contains(_INTRODUCED)
    return (pl.col("kind") != "name") | ~doubtful | shows


def _findings(hits: pl.DataFrame) -> pl.DataFrame:
    return hits.select(
        *(pl.col(name).cast(FINDINGS[name]) for name in ("row", "start", "end", "entity")),
        pl.concat_str(pl.lit(f"{OWN_RECORD}."), "kind").alias("rule"),
        pl.lit(_SCORE).alias("score"),
        pl.col("known").cast(pl.String),
    )
