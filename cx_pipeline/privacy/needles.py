"""What is looked for when everything is done: the identifiers of all known people, as far as they are unmistakable in a text.

Each kind has its rule of what is unmistakable; whatever is not is left to redaction, which knows whose text it reads:

- email: the whole address; an address says whose it is.
- phone: all digits with the calling code, or the national number of eight digits or more (a leading 0 aside), however they are
  grouped. In one piece and without a plus sign: only the number with its calling code, or ten digits or more. One in some
  60,000 random numbers of ten digits is the number of one of 100,000 known people.
- name: two words or more of two letters or more. Where all of them are also words ("Mark Young"), only written with capitals;
  where they are words of the trade ("Customer Support"), not at all.
- address: a street line with a number and a word, eight characters or more, in its usual abbreviations.
- handle: eight characters or more with a letter and two digits or an underscore; a shorter one and a plain word only behind
  an @, from four letters.
- external_id: eight characters or more with a letter and a digit, or ten digits or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
import polars as pl

from cx_pipeline.privacy.common_words import NAMES_THAT_ARE_WORDS
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.spellings import spelled

#: Kinds that are looked for, and the tag that each is replaced by.
KINDS: dict[str, Entity] = {
    "email": Entity.EMAIL,
    "phone": Entity.PHONE,
    "name": Entity.OTHER_NAME,
    "agent": Entity.AGENT_NAME,
    "address": Entity.ADDRESS,
    "handle": Entity.ACCOUNT,
    "external_id": Entity.ACCOUNT,
}
SHORTEST_NATIONAL, SHORTEST_BARE = 8, 10
TAIL = 7
CALLING_CODE = rf"^(?:{'|'.join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))})"

_TRADE_TEXT = """
account admin administrator agent anonymous app billing buyer care center centre chat client company contact customer delivery
department desk email family guest help helpdesk info it mail main manager member name new no office online operations order
orders our parent patient payments person private public reception returns sales service services shipping shop site staff
store student subscriber supplier support system team tech technical test the unknown user vendor visitor web website
"""
TRADE_WORDS = frozenset(_TRADE_TEXT.split())
_WORD = r"[\p{L}][\p{L}'.\-]*\p{L}"


@dataclass(frozen=True)
class Needles:
    """Identifiers to look for, each once.

    Attributes:
        phrases: kind, phrase (folded), is_cased (only where it is written with capitals): names and street lines.
        codes: kind, phrase: addresses of mail, handles and external ids, which stand in a text as one piece.
        phones: digits, nation (the digits behind the calling code), tail (the last seven).
    """

    phrases: pl.DataFrame
    codes: pl.DataFrame
    phones: pl.DataFrame

    def __len__(self) -> int:
        return self.phrases.height + self.codes.height + self.phones.height


def needles(values: pl.DataFrame) -> Needles:
    """What is unmistakable of identifiers.

    Args:
        values: `kind` (one of `KINDS`; others are passed over) and `value` as the lake holds it, in any order.
    """
    told = values.select("kind", "value").drop_nulls().unique().with_columns(pl.col("value").str.strip_chars())
    folded = told.with_columns(_one_line(fold(told["value"])).alias("folded")).sort("kind", "folded", "value")
    return Needles(
        pl.concat([_names(folded), _streets(folded)]).unique(subset="phrase", keep="first", maintain_order=True),
        pl.concat([_emails(folded), _handles(folded), _external_ids(folded)]).unique(
            subset="phrase", keep="first", maintain_order=True
        ),
        _phones(folded),
    )


def _one_line(folded: pl.Series) -> pl.Series:
    return folded.str.replace_all(r"[ \t\r\n]+", " ")


def _names(folded: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("folded").str.extract_all(_WORD)
    plain = pl.col("_words").list.eval(pl.element().is_in(sorted(NAMES_THAT_ARE_WORDS | TRADE_WORDS))).list.all()
    of_trade = pl.col("_words").list.eval(pl.element().is_in(sorted(TRADE_WORDS))).list.any()
    told = (
        folded.filter(pl.col("kind").is_in(["agent", "name"]) & ~pl.col("folded").str.contains("@", literal=True))
        .with_columns(words.alias("_words"))
        .filter(pl.col("_words").list.len() >= 2)
        .with_columns(plain.alias("is_cased"))
        .filter(~(pl.col("is_cased") & of_trade))
    )
    turned = told.filter(pl.col("_words").list.len() == 2).with_columns(
        pl.concat_str(pl.col("_words").list.get(1), pl.lit(", "), pl.col("_words").list.get(0)).alias("folded")
    )
    return pl.concat([told, turned]).select("kind", pl.col("folded").alias("phrase"), "is_cased")


def _streets(folded: pl.DataFrame) -> pl.DataFrame:
    told = folded.filter((pl.col("kind") == "address") & (pl.col("folded").str.len_chars() >= 8)).select("kind", "folded")
    lines = spelled(told, "street").filter(pl.col("phrase").str.len_chars() >= 8)
    return lines.unique(maintain_order=True).select("kind", "phrase", pl.lit(value=False).alias("is_cased"))


def _emails(folded: pl.DataFrame) -> pl.DataFrame:
    return folded.filter((pl.col("kind") == "email") & pl.col("folded").str.contains(r"^[^@\s]+@[^@\s]+$")).select(
        "kind", pl.col("folded").alias("phrase")
    )


def _handles(folded: pl.DataFrame) -> pl.DataFrame:
    handle = folded.filter(pl.col("kind") == "handle").with_columns(pl.col("folded").str.strip_chars_start("@"))
    handle = handle.filter(pl.col("folded").str.contains(r"^[a-z0-9_.\-]*[a-z][a-z0-9_.\-]*$"))
    distinct = (pl.col("folded").str.len_chars() >= 8) & (
        pl.col("folded").str.contains("_", literal=True) | (pl.col("folded").str.count_matches(r"[0-9]") >= 2)
    )
    mentioned = handle.filter(pl.col("folded").str.count_matches(r"[a-z]") >= 4).with_columns(
        pl.concat_str(pl.lit("@"), "folded").alias("folded")
    )
    return pl.concat([handle.filter(distinct), mentioned]).select("kind", pl.col("folded").alias("phrase"))


def _external_ids(folded: pl.DataFrame) -> pl.DataFrame:
    whole = pl.col("folded").str.contains(r"^[a-z0-9][a-z0-9_.\-]*$")
    long_enough = (
        (pl.col("folded").str.len_chars() >= 8)
        & pl.col("folded").str.contains(r"[a-z]")
        & pl.col("folded").str.contains(r"[0-9]")
    ) | pl.col("folded").str.contains(r"^[0-9]{10,}$")
    return folded.filter((pl.col("kind") == "external_id") & whole & long_enough).select("kind", pl.col("folded").alias("phrase"))


def _phones(folded: pl.DataFrame) -> pl.DataFrame:
    digits = pl.col("folded").str.replace_all(r"[^0-9]", "")
    return (
        folded.filter((pl.col("kind") == "phone") & pl.col("folded").str.contains(r"^\+[0-9]"))
        .select(digits.alias("digits"))
        .with_columns(
            pl.col("digits").str.replace(CALLING_CODE, "").alias("nation"), pl.col("digits").str.tail(TAIL).alias("tail")
        )
        .filter(pl.col("nation").str.len_chars() >= SHORTEST_NATIONAL)
        .unique(maintain_order=True)
    )
