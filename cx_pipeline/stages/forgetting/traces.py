"""Identifiers of forgotten people inside of texts: every address and number is taken out, and held against the list.

What comes back is spelled as the text has it, so that it can be blanked there and in the delivered file alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.stages.forgetting.suppressed import EMAIL, PHONE_DIGITS, Suppressed

_ADDRESS = r"(?i)[a-z0-9._%+\-']+(?:@|%40)[a-z0-9\-]+(?:\.[a-z0-9\-]+)+"
_NUMBER = r"\+?\(?[0-9][0-9().\-/  ]{5,20}[0-9]"
_FEWEST_DIGITS = 7
TRACES = {"_record": pl.Int64, "spelled": pl.String}


def traces(texts: pl.DataFrame, suppressed: Suppressed) -> pl.DataFrame:
    """Where texts hold an identifier of somebody forgotten: columns of `TRACES`.

    Args:
        texts: `_record`, and text columns.
        suppressed: the list.
    """
    columns = [name for name, dtype in texts.schema.items() if dtype == pl.String() and name != "_record"]
    found = [
        part
        for name in columns
        for kind, pattern in ((EMAIL, _ADDRESS), (PHONE_DIGITS, _NUMBER))
        for part in [_matched(texts, name, kind, pattern, suppressed)]
        if not part.is_empty()
    ]
    return pl.concat(found).unique() if found else pl.DataFrame(schema=TRACES)


def _matched(texts: pl.DataFrame, name: str, kind: str, pattern: str, suppressed: Suppressed) -> pl.DataFrame:
    likely = pl.col(name).str.contains("(?i)@|%40") if kind == EMAIL else pl.col(name).str.contains("[0-9]{2}")
    spelled = (
        texts.lazy()
        .filter(likely)
        .select(pl.col("_record").cast(pl.Int64), pl.col(name).str.extract_all(pattern).alias("spelled"))
        .explode("spelled")
        .drop_nulls()
        .unique()
        .collect()
    )
    if spelled.is_empty():
        return pl.DataFrame(schema=TRACES)
    told = spelled.select("spelled").unique().with_columns(_plain(kind).alias("value")).explode("value").drop_nulls()
    hits = suppressed.matched(kind, told.get_column("value"))
    known = told.filter(pl.col("value").is_in(hits.implode())).select("spelled").unique()
    return spelled.join(known, on="spelled", how="semi").select(*TRACES)


def _plain(kind: str) -> pl.Expr:
    """The forms under which a spelling may be on the list."""
    if kind == EMAIL:
        plain = pl.col("spelled").str.to_lowercase().str.replace("%40", "@", literal=True)
        return pl.concat_list(plain, plain.str.strip_chars("'.-"))
    digits = pl.col("spelled").str.replace_all(r"[^0-9]", "")
    long_enough = pl.when(digits.str.len_chars() >= _FEWEST_DIGITS).then(digits)
    return pl.concat_list(long_enough, long_enough.str.replace(r"^0+", ""))


def digit_forms(numbers: Sequence[str]) -> set[str]:
    """The digits by which numbers in E.164 are found in texts: with their country code, and without."""
    import phonenumbers  # noqa: PLC0415  # slow to load, and seldom needed

    found: set[str] = set()
    for number in numbers:
        found.add(number.lstrip("+"))
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            continue
        national = str(parsed.national_number)
        if len(national) >= _FEWEST_DIGITS + 1:  # seven digits without an area code are no one's own
            found.add(national)
    return found
