"""Finds the identifiers of known people in texts, whoever they belong to.

What stands in one piece is found by its pieces, telephone numbers by their last digits, and names and street lines by one
automaton (Aho-Corasick) over those whose first two words stand in the texts, so that the cost is one pass over the texts and
hardly depends on how many people are known. Only what was hit is looked at a second time, for where it begins and ends.
"""

from __future__ import annotations

import re

import polars as pl

from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.needles import SHORTEST_BARE, SHORTEST_NATIONAL, TAIL, Needles
from cx_pipeline.privacy.normalise import Normalised, normalise

FOUND = {"row": pl.UInt32, "start": pl.Int64, "end": pl.Int64, "kind": pl.String}
_AUTOMATON = 250_000  # phrases of one automaton: some 60 MB
_FEW_PHRASES = 50_000  # more are not searched for, but first those taken whose first words the texts hold
_FEW_TEXTS = 20_000  # nor are they all in fewer texts, for an automaton takes longer to make
_RUN = r"\+?[ (]{0,2}[0-9](?:[ .\-/()]{0,3}[0-9]){7,}"
_GROUPS = 8  # of a run of digits; what has more is no telephone number
_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}([\-/.])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
_IN_A_PIECE = r"[@0-9_]"
_ON = r"(?:[\p{L}0-9_.%+'&@\-]*[\p{L}0-9])"
_PIECE = rf"@[\p{{L}}0-9]{_ON}?|[0-9]{_ON}?|\p{{L}}[\p{{L}}.%+'&\-]*(?:[0-9]{_ON}?|[@_]{_ON})"  # only what holds such a sign


def search(texts: pl.Series, needles: Needles, *, ids: bool = False) -> pl.DataFrame:
    """Where known identifiers stand.

    Args:
        texts: none of them null.
        needles: what to look for.
        ids: the texts are ids and codes of a vendor: only what is no code itself is looked for, which are names, street
            lines, addresses of mail, and telephone numbers with separators or a plus sign.

    Returns:
        `FOUND`: start and end count characters of the text as it came; by row and start; findings may overlap.
    """
    normal = normalise(texts)
    return normal.original_places(search_normal(normal, needles, ids=ids))


def search_normal(normal: Normalised, needles: Needles, *, ids: bool = False) -> pl.DataFrame:
    """The same in texts whose disguises are off already: start and end count characters of the text as it is read."""
    folded = fold(normal.texts).str.replace_all("\n", " ", literal=True)
    parts = [
        _phrases(normal.texts, folded, needles),
        _codes(folded, needles, ids=ids),
        _phones(folded, needles, ids=ids),
    ]
    return pl.concat(parts).unique().sort("row", "start", "end", "kind")


def _phrases(texts: pl.Series, folded: pl.Series, needles: Needles) -> pl.DataFrame:
    phrases = needles.phrases
    if phrases.height > _FEW_PHRASES or folded.len() < _FEW_TEXTS:
        phrases = needles.phrases_in(folded)
    parts = [
        _phrases_of(texts, folded, needles, phrases["phrase"].slice(start, _AUTOMATON))
        for start in range(0, phrases.height, _AUTOMATON)
    ]
    return pl.concat([pl.DataFrame(schema=FOUND), *parts])


def _phrases_of(texts: pl.Series, folded: pl.Series, needles: Needles, phrases: pl.Series) -> pl.DataFrame:
    rows = folded.str.contains_any(phrases.implode()).arg_true()
    if rows.is_empty():
        return pl.DataFrame(schema=FOUND)
    hit = folded.gather(rows)
    likely = needles.phrases_in(hit).with_columns(pl.col("kind").cast(pl.String))
    pairs = (
        pl.DataFrame({"row": rows.cast(pl.UInt32), "text": hit, "written": texts.gather(rows)})
        .with_columns(hit.str.extract_many(likely["phrase"].implode(), overlapping=True).alias("phrase"))
        .explode("phrase")
        .unique(["row", "phrase"], maintain_order=True)
        .join(likely, on="phrase", maintain_order="left")
    )
    return _placed(pairs)


def _placed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Every place of a phrase in its text where no letter or digit touches it, and no address of mail begins or ends."""
    asked = pairs.select("row", "text", "written", "phrase", "kind", "is_cased").iter_rows()
    found = [
        (row, begin, end, kind)
        for row, text, written, phrase, kind, is_cased in asked
        for begin, end in _places(text, phrase)
        if (not is_cased or _has_capitals(written[begin:end])) and not (kind == "external_id" and _ends_record_key(text[:begin]))
    ]
    return pl.DataFrame(found, schema=FOUND, orient="row")


def _places(text: str, phrase: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"(?<![^\W_])(?<!\w@){re.escape(phrase)}(?![^\W_])(?!@\w)", text)]


def _ends_record_key(before: str) -> bool:
    """A reference to a record, `zendesk.users:…`, is published as it is."""
    return re.search(r"[a-z0-9_]+\.[a-z0-9_\-]+:$", before) is not None


def _has_capitals(written: str) -> bool:
    return all(word[0].isupper() for word in re.findall(r"[^\W\d_][\w'.\-]*", written))


def _codes(folded: pl.Series, needles: Needles, *, ids: bool) -> pl.DataFrame:
    sign = "@" if ids else _IN_A_PIECE  # of ids only addresses of mail are looked for
    rows = folded.str.contains(sign).arg_true()
    if rows.is_empty() or needles.codes.is_empty():
        return pl.DataFrame(schema=FOUND)
    pieces = (
        pl.DataFrame({"row": rows.cast(pl.UInt32), "piece": folded.gather(rows).str.extract_all(_PIECE)})
        .explode("piece")
        .filter((pl.col("piece").str.len_bytes() >= 5) & pl.col("piece").str.contains(sign))
    )
    known = _codes_in(pieces["piece"].unique(), needles)
    if ids:
        known = known.filter(pl.col("kind") == "email")
    found = pieces.join(known, on="piece", maintain_order="left").select("row", "phrase", "kind").unique(maintain_order=True)
    text = folded.gather(found["row"])
    return _placed(found.with_columns(text.alias("text"), text.alias("written"), pl.lit(value=False).alias("is_cased")))


def _codes_in(pieces: pl.Series, needles: Needles) -> pl.DataFrame:
    """`piece, phrase, kind`: the known codes that distinct pieces are, or hold between signs."""
    inner = pl.col("piece").str.extract_all(r"[\p{L}0-9_.+\-]*@[\p{L}0-9.\-]*[\p{L}0-9]|[\p{L}0-9][\p{L}0-9_]*[\p{L}0-9]")
    whole = pl.DataFrame({"piece": pieces, "phrase": pieces})
    split = whole.filter(pl.col("piece").str.contains(r"[@+%'&.]")).with_columns(inner.alias("phrase")).explode("phrase")
    called = whole.filter(pl.col("piece").str.starts_with("@")).with_columns(pl.col("piece").str.slice(1).alias("phrase"))
    parts = pl.concat([whole, split.drop_nulls(), called])
    met = needles.codes_among(parts["phrase"])
    return parts[met["place"]].with_columns(met["kind"]).unique(maintain_order=True)


def _phones(folded: pl.Series, needles: Needles, *, ids: bool) -> pl.DataFrame:
    """Runs of digits that hold a known number from the begin of one of their groups to the end of one."""
    rows = folded.str.contains(_RUN).arg_true()
    if rows.is_empty() or needles.phones.is_empty():
        return pl.DataFrame(schema=FOUND)
    runs = (
        pl.DataFrame({"row": rows.cast(pl.UInt32), "run": folded.gather(rows).str.extract_all(_RUN)})
        .explode("run")
        .unique(maintain_order=True)
    )
    hits = _numbers_in(runs["run"].unique(), needles)
    placed = [(run, *span) for run, digits, nation in hits.iter_rows() for span in _number_spans(run, digits, nation, ids=ids)]
    spans = pl.DataFrame(placed, schema={"run": pl.String, "from": pl.Int64, "to": pl.Int64}, orient="row").unique()
    met = runs.join(spans, on="run", maintain_order="left")
    found = []
    for text, (row, run, begin, end) in zip(folded.gather(met["row"]), met.iter_rows(), strict=True):
        at = text.find(run)
        while at >= 0:
            if not (ids and _is_of_code(text, at + begin, at + end)):
                found.append((row, at + begin, at + end, "phone"))
            at = text.find(run, at + len(run))
    return pl.DataFrame(found, schema=FOUND, orient="row")


def _numbers_in(runs: pl.Series, needles: Needles) -> pl.DataFrame:
    """`run, digits, nation`: the known numbers whose last digits stand at the end of a group of distinct runs."""
    groups = pl.DataFrame({"run": runs, "digits": runs.str.replace_all(r"[^0-9]+", ""), "group": runs.str.extract_all(r"[0-9]+")})
    reach = pl.col("group").str.len_bytes().cast(pl.Int64).cum_sum()
    told = (
        groups.with_row_index("number")
        .explode("group")
        .with_columns(reach.over("number").alias("end"), pl.int_range(pl.len(), 0, -1).over("number").alias("from_behind"))
        .filter((pl.col("from_behind") <= _GROUPS) & (pl.col("end") >= TAIL))
        .select("run", pl.col("digits").str.slice(pl.col("end") - TAIL, TAIL).alias("tail"))
    )
    met = needles.phones_among(told["tail"].cast(pl.UInt32))
    return pl.concat([told["run"].gather(met["place"]).to_frame(), met.drop("place")], how="horizontal").unique(
        maintain_order=True
    )


def _number_spans(run: str, digits: str, nation: str, *, ids: bool) -> list[tuple[int, int]]:
    """Where a known number stands in a run: in whole groups, behind a calling code, a leading 0, or nothing."""
    places = [index for index, sign in enumerate(run) if sign.isdigit()]
    squeezed = "".join(run[index] for index in places)
    calling = digits[: len(digits) - len(nation)]
    spans = []
    for written in (f"00{digits}", f"011{digits}", f"{calling}0{nation}", digits, f"0{nation}", f"8{nation}", nation):
        at = squeezed.find(written)
        while at >= 0:
            begin, end = places[at], places[at + len(written) - 1] + 1
            if _stands_alone(run, begin, end) and _is_unmistakable(run, begin, end, written, digits, ids=ids):
                signs = len(run[:begin]) - len(run[:begin].rstrip("+( "))
                opened = begin - signs if "+" in run[begin - signs : begin] or "(" in run[begin - signs : begin] else begin
                spans.append((opened + len(run[opened:begin]) - len(run[opened:begin].lstrip()), end))
            at = squeezed.find(written, at + 1)
        if spans:
            return spans
    return spans


def _is_of_code(text: str, begin: int, end: int) -> bool:
    """Digits of an id that letters touch, or of a UUID: among millions of ids some have anybody's digits."""
    if text[begin - 1 : begin].isalpha() or text[end : end + 1].isalpha():
        return True
    return any(match.start() < end and begin < match.end() for match in _UUID.finditer(text))


def _is_of_date(run: str, begin: int, end: int) -> bool:
    """Nobody groups a telephone number as a date is, and among millions of times some have anybody's digits."""
    return any(match.start() < end and begin < match.end() for match in _DATE.finditer(run))


def _stands_alone(run: str, begin: int, end: int) -> bool:
    return not run[begin - 1 : begin].isdigit() and not run[end : end + 1].isdigit()


def _is_unmistakable(run: str, begin: int, end: int, written: str, digits: str, *, ids: bool) -> bool:
    is_grouped = end - begin > len(written) or "+" in run[:begin]
    if is_grouped:
        return len(written) >= SHORTEST_NATIONAL and not _is_of_date(run, begin, end)
    return not ids and len(written) >= (SHORTEST_BARE if written != digits else SHORTEST_NATIONAL)
