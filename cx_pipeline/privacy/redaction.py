"""The public face: texts in, the same texts without personal data out, with what was found and where.

Each batch goes through the same steps: disguises off, candidates, detectors, phrases, the people's own values, one span a place,
tags. Nothing is kept between batches, so memory depends on the size of a batch alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.privacy.candidates import candidates
from cx_pipeline.privacy.catalogue import OWN_RECORD, TYPOS, number_detectors
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.known import Known, known_values, shared_keys
from cx_pipeline.privacy.masking import in_order, replaced
from cx_pipeline.privacy.normalise import Normalised, normalise
from cx_pipeline.privacy.own_record import own_phones, own_values
from cx_pipeline.privacy.phrases import introduced
from cx_pipeline.privacy.policy import DEFAULT, Action, Policy
from cx_pipeline.privacy.reading import FINDINGS, read
from cx_pipeline.privacy.settling import settled, without_tags
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.tokens_in_text import token_tags
from cx_pipeline.privacy.typos import mistyped, words_behind

FINDING = pl.Struct({"entity": pl.String, "start": pl.Int64, "end": pl.Int64, "rule": pl.String, "score": pl.Float64})
_BATCH = 50_000  # patterns are compiled anew for every batch, which takes a tenth of a second
_BATCH_BYTES = 32 << 20
_WORKERS = 2
_WORTH_SHARING = 10_000
_LOOKS = 8
_UNSETTLED = "secret.unsettled"
_ROW = "__row"
_KEPT = (Action.KEEP, Action.KEEP_IMPERSONAL)
_KNOWN = {**FINDINGS, "known": pl.String}


def redact(
    texts: pl.Series | pl.DataFrame,
    profiles: pl.DataFrame | Sequence[pl.DataFrame] | None = None,
    tokeniser: Tokeniser | None = None,
    policy: Policy | None = None,
    *,
    column: str = "text",
) -> pl.DataFrame:
    """Texts without personal data.

    Args:
        texts: texts; or a frame with a column of them and columns that it shares with the profiles.
        profiles: what is known of the people of each text, one row a person; several frames where they have different keys,
            such as customers and agents. Columns as in `cx_pipeline.privacy.known`. Without a shared column, a frame of as many
            rows as there are texts belongs to them row by row.
        tokeniser: makes the tokens of `text_tokenised`; without it that column is not there.
        policy: what is done about each entity; `policy.DEFAULT` when None.
        column: name of the column of texts in a frame.

    Returns:
        The frame that came (for a series, nothing of it), with `text_masked`, `text_tokenised` where there is a tokeniser, and
        `findings`: a list of entity, start, end (characters of the original text), rule and score, in order, disjoint. A text
        that is null stays null and has no findings.

    Raises:
        ConfigError: there is no such column, or nothing says which profile belongs to which text.
    """
    frame = texts.to_frame(column) if isinstance(texts, pl.Series) else texts
    if column not in frame.columns:
        raise ConfigError("there is no such column of texts", where=column, expected=", ".join(frame.columns))
    given = [] if profiles is None else [profiles] if isinstance(profiles, pl.DataFrame) else list(profiles)
    known = [_known(each, frame, column) for each in given]
    redactor = Redactor(known, tokeniser, policy or DEFAULT, column)
    made = pl.concat([redactor.empty(), *redactor.batches(frame)])
    return made if isinstance(texts, pl.Series) else pl.concat([frame.drop(made.columns, strict=False), made], how="horizontal")


def _known(profiles: pl.DataFrame, texts: pl.DataFrame, column: str) -> Known:
    keys = shared_keys(profiles, texts, column)
    if keys:
        return known_values(profiles, keys)
    if profiles.height != texts.height:
        raise ConfigError(
            "nothing says which profile belongs to which text",
            where=", ".join(profiles.columns),
            expected=f"a column shared with the texts ({', '.join(texts.columns)}), or one profile a text",
        )
    return known_values(profiles.with_row_index(_ROW), [_ROW])


class Redactor:
    """Redacts batches with one set of profiles, one tokeniser and one policy; holds no state of a batch."""

    def __init__(self, known: Sequence[Known], tokeniser: Tokeniser | None, policy: Policy, column: str = "text") -> None:
        self._known, self._tokeniser, self._policy, self._column = known, tokeniser, policy, column

    def empty(self) -> pl.DataFrame:
        """The columns that redacting makes, without rows."""
        tokenised = {} if self._tokeniser is None else {"text_tokenised": pl.String}
        return pl.DataFrame(schema={"text_masked": pl.String, **tokenised, "findings": pl.List(FINDING)})

    def batches(self, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """What redacting makes of a frame, so many rows at a time, in order."""
        numbered = frame.with_row_index(_ROW) if any(_ROW in known.people.columns for known in self._known) else frame
        rows = self._rows_at_once(frame)
        parts = (numbered.slice(start, rows) for start in range(0, frame.height, rows))
        if frame.height <= rows:
            yield from map(self.batch, parts)
            return
        with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
            yield from pool.map(self.batch, parts)

    def _rows_at_once(self, frame: pl.DataFrame) -> int:
        """Rows of a batch: fewer where texts are long."""
        size = frame.select(pl.col(self._column).cast(pl.String).str.len_bytes().sum()).item() or 0
        most = max(1, min(_BATCH, _BATCH_BYTES * frame.height // max(size, 1)))
        # Batches of one size, so many that no worker waits for the last one alone.
        parts = -(-frame.height // most)
        if frame.height > _WORTH_SHARING:
            parts = -(-parts // _WORKERS) * _WORKERS
        return -(-frame.height // max(parts, 1)) or 1

    def batch(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The made columns of one batch."""
        texts = frame[self._column].cast(pl.String)
        normal, tagged, unsettled = self._looked(frame, texts.fill_null(""))
        placed = self._with_undisguised(frame, normal, tagged, unsettled)
        masked = replaced(normal.originals, _gone(placed), "_tag")
        made = {"text_masked": masked.zip_with(texts.is_not_null(), texts)}
        if self._tokeniser is not None:
            tokenised = replaced(normal.originals, placed.filter(pl.col("_token").is_not_null()), "_token")
            made["text_tokenised"] = tokenised.zip_with(texts.is_not_null(), texts)
        return pl.DataFrame(made).with_columns(_listed(placed, texts.len()))

    def _looked(self, frame: pl.DataFrame, texts: pl.Series) -> tuple[Normalised, pl.DataFrame, pl.Series]:
        """Texts as they are read, what is found there, tagged, and rows that are not settled."""
        normal = normalise(texts)
        kept = {entity.value for entity in Entity if self._policy.action(entity) in _KEPT}
        first = self._ordered(frame, normal.texts)
        found = settled(normal.texts, first, lambda rows, seen: self._ordered(frame[rows], seen), kept)
        return normal, self._tagged(found.findings, normal), found.unsettled

    def _with_undisguised(
        self, frame: pl.DataFrame, normal: Normalised, tagged: pl.DataFrame, unsettled: pl.Series
    ) -> pl.DataFrame:
        """What was found, in places of the texts as they came, with what disguises held until their neighbours were gone.

        A text that shows something more at every look was made to: it is withheld.
        """
        placed = normal.original_places(tagged)
        rows = _read_otherwise(normal, tagged)
        for _ in range(_LOOKS):
            if rows.is_empty():
                break
            gone = _gone(placed)
            seen, found, left = self._looked(frame[rows], replaced(normal.originals, gone, "_tag").gather(rows))
            placed = _with_more(placed, without_tags(_gone(seen.original_places(found)), rows, gone))
            unsettled = unsettled.append(rows.gather(left))
            rows = rows.gather(_read_otherwise(seen, found))
        return _withheld(placed, normal.originals, pl.concat([unsettled, rows]).unique().sort())

    def _ordered(self, frame: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
        """Findings of one look at texts, the rows of a frame; in order, disjoint."""
        off = self._policy.off
        rows = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias("row")
        folded = fold(texts)
        numbers = candidates(rows, texts, number_detectors(off))
        tags = numbers.filter(pl.col("sort").is_null()).select("row", "start", "end")
        looked = [read(numbers, off), introduced(rows, texts, folded, off)]
        with_known = [each.with_columns(pl.lit(None, dtype=pl.String).alias("known")) for each in looked]
        if self._known and OWN_RECORD not in off:
            for known in self._known:
                people = _people(frame, known)
                with_known += [own_values(people, known, texts, folded), own_phones(people, known.phrases, numbers)]
        if self._known and TYPOS not in off:
            words = words_behind(rows, texts, folded)
            with_known += [mistyped(words, _people(frame, known), known.phrases) for known in self._known]
        found = pl.concat([each.select(pl.col(name).cast(dtype) for name, dtype in _KNOWN.items()) for each in with_known])
        return in_order(found, tags, texts)

    def _tagged(self, ordered: pl.DataFrame, normal: Normalised) -> pl.DataFrame:
        """Findings with what stands in their place: `_tag` in the masked text, `_token` in the tokenised; null to keep."""
        text = normal.texts.gather(ordered["row"])
        length = pl.col("end") - pl.col("start")
        values = ordered.with_columns(text.alias("_text")).select(pl.col("_text").str.slice(pl.col("start"), length)).to_series()
        plain = pl.concat_str(pl.lit("["), "entity", pl.lit("]"))
        if self._tokeniser is None:
            tokens = ordered.select(plain).to_series()
        else:
            named = ordered["known"].zip_with(ordered["known"].is_not_null(), values)
            tokens = token_tags(ordered["entity"], named, self._tokeniser)
        action = pl.col("entity").replace_strict(
            [entity.value for entity in Entity], [self._policy.action(entity).value for entity in Entity], return_dtype=pl.String
        )
        return ordered.with_columns(action.alias("_action"), tokens.alias("_token"), values.alias("_value")).with_columns(
            _replacement(plain).alias("_tag"), _replacement(pl.col("_token")).alias("_token")
        )


_PERSONAL_LINK = r"@|[?#&=;]|%40|[0-9]{4}|~|(?i:/(?:u|user|users|profile|profiles|account|accounts|in|me|member|members)/)"


def _replacement(tag: pl.Expr) -> pl.Expr:
    impersonal = (pl.col("_action") == Action.KEEP_IMPERSONAL.value) & ~pl.col("_value").str.contains(_PERSONAL_LINK)
    return (
        pl.when((pl.col("_action") == Action.KEEP.value) | impersonal)
        .then(None)
        .when(pl.col("_action") == Action.DROP.value)
        .then(pl.lit(""))
        .when(pl.col("_action") == Action.TOKENISE.value)
        .then(pl.col("_token"))
        .otherwise(tag)
    )


def _gone(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings that do not stay in the texts."""
    return findings.filter(pl.col("_tag").is_not_null())


def _read_otherwise(normal: Normalised, tagged: pl.DataFrame) -> pl.Series:
    """Disguised texts that are read otherwise with tags in place: digits in words go on with figures that letters touched."""
    gone = _gone(tagged).filter(pl.col("row").is_in(normal.rewritten.implode()))
    rows = gone["row"].unique().sort()
    if rows.is_empty():
        return rows
    seen = replaced(normal.texts, gone, "_tag").gather(rows)
    left = replaced(normal.originals, normal.original_places(gone), "_tag").gather(rows)
    return rows.filter(seen != normalise(left).texts)


def _with_more(placed: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Findings with further ones, which go before what was to stay. What reaches over a place that is gone is left alone."""
    old = placed.select("row", "start", "end", pl.col("_tag").is_null().alias("_stays"))
    met = more.select("row", pl.col("start").alias("_from"), pl.col("end").alias("_to")).join(old, on="row")
    met = met.filter((pl.col("start") < pl.col("_to")) & (pl.col("end") > pl.col("_from")))
    over, under = met.filter(~pl.col("_stays")), met.filter("_stays")
    new = more.join(over, left_on=["row", "start"], right_on=["row", "_from"], how="anti")
    stays = placed.join(under, on=["row", "start", "end"], how="anti")
    return pl.concat([stays, new.select(placed.columns)]).sort("row", "start")


def _withheld(placed: pl.DataFrame, texts: pl.Series, rows: pl.Series) -> pl.DataFrame:
    """Findings, with some texts as one that is a secret from its first character to its last."""
    if rows.is_empty():
        return placed
    tag = pl.lit(f"[{Entity.SECRET}]")
    whole = pl.DataFrame({"row": rows, "end": texts.gather(rows).str.len_chars().cast(pl.Int64)}).select(
        "row",
        pl.lit(0, dtype=pl.Int64).alias("start"),
        "end",
        pl.lit(Entity.SECRET.value).alias("entity"),
        pl.lit(_UNSETTLED).alias("rule"),
        pl.lit(1.0).alias("score"),
        tag.alias("_tag"),
        tag.alias("_token"),
    )
    others = placed.filter(~pl.col("row").is_in(rows.implode()))
    return pl.concat([others, whole], how="diagonal").sort("row", "start")


def _people(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    keys = [name for name in known.people.columns if name != "person"]
    asked = frame.select(keys).with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    return asked.join(known.people, on=keys, maintain_order="left").select("row", "person")


def _listed(placed: pl.DataFrame, height: int) -> pl.Series:
    """The findings of each text as a list, empty where there are none."""
    listed = placed.group_by("row", maintain_order=True).agg(
        pl.struct(*(field.name for field in FINDING.fields)).alias("findings")
    )
    rows = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return (
        rows.join(listed, on="row", how="left", maintain_order="left")
        .select(pl.col("findings").cast(pl.List(FINDING)).fill_null(pl.lit([], dtype=pl.List(FINDING))))
        .to_series()
    )
