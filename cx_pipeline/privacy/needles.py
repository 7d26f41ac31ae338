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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import phonenumbers
import polars as pl

from cx_pipeline.privacy.common_words import NAMES_THAT_ARE_WORDS
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.spellings import spelled
from cx_pipeline.side_by_side import side_by_side, workers
from cx_pipeline.sorted_keys import met

#: Kinds that are looked for, and the tag that each is replaced by. What is of two kinds is told as the first of them.
KINDS: dict[str, Entity] = {
    "email": Entity.EMAIL,
    "phone": Entity.PHONE,
    "agent": Entity.AGENT_NAME,
    "name": Entity.OTHER_NAME,
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


_KIND = pl.Enum(list(KINDS))
_AT_ONCE = 200_000  # values that are worked on at once
_ALPHANUMERICS = r"[\p{L}\p{N}]+"  # what no place of a phrase begins or ends inside of
_PAIR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Needles:
    """Identifiers to look for, each once, and where in sorted numbers each is found.

    Of an address or a code nothing is held but two hashes, which are as good as itself: it stands in a text as one piece.

    Attributes:
        phrases: kind, phrase (folded), is_cased (only where it is written with capitals), opening (of its first two words): names
            and street lines, sorted by opening.
        codes: kind, low, high (`code_keys`): addresses of mail, handles and external ids, sorted by low.
        phones: digits, tail (the last seven, a number), sorted by tail.
    """

    phrases: pl.DataFrame
    codes: pl.DataFrame
    phones: pl.DataFrame

    def __len__(self) -> int:
        return self.phrases.height + self.codes.height + self.phones.height

    def phrases_in(self, folded: pl.Series) -> pl.DataFrame:
        """The phrases that texts may hold: those whose first two words stand next to each other in one of them."""
        said = pl.Series(openings(folded)).unique().to_numpy()
        _, places = met(self.phrases["opening"].to_numpy(), said)
        return self.phrases[np.sort(places)]

    def codes_among(self, pieces: pl.Series) -> pl.DataFrame:
        """`place` of each piece that is a known code, and the `kind` of it."""
        asked = code_keys(pieces)
        places, found = met(self.codes["low"].to_numpy(), asked["low"].to_numpy())
        codes = self.codes[found].with_columns(pl.Series("place", places, dtype=pl.UInt32))
        return codes.filter(codes["high"] == asked["high"][places]).select("place", pl.col("kind").cast(pl.String))

    def phones_among(self, tails: pl.Series) -> pl.DataFrame:
        """`place` of each tail that is one of a known number, with its `digits` and `nation`, those behind the calling code."""
        places, found = met(self.phones["tail"].to_numpy(), tails.to_numpy())
        digits = self.phones["digits"][found]
        return pl.DataFrame({"place": pl.Series(places, dtype=pl.UInt32), "digits": digits, "nation": _nation(digits)})


def code_keys(pieces: pl.Series) -> pl.DataFrame:
    """128 bits that stand for a piece of text: `low`, `high`."""
    return pl.DataFrame({"low": pieces.hash(seed=1), "high": pieces.hash(seed=2)})


def openings(folded: pl.Series) -> npt.NDArray[np.uint64]:
    """Numbers of each word of some texts, and of each two words that stand next to each other."""
    words = folded.str.extract_all(_ALPHANUMERICS).explode().drop_nulls().hash(seed=3).to_numpy()
    return np.concatenate([words, _paired(words[:-1], words[1:])])


def _paired(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return first * _PAIR + second


def needles(values: pl.DataFrame | Iterable[pl.DataFrame]) -> Needles:
    """What is unmistakable of identifiers.

    Args:
        values: `kind` (one of `KINDS`; others are passed over) and `value` as the lake holds it, in any order; in parts, so that
            no more than one of them has to be held.
    """
    given = [values] if isinstance(values, pl.DataFrame) else values
    jobs = (partial(_parts, part) for whole in given for part in _slices(whole))
    made = list(side_by_side(jobs, waiting=workers() + 1))
    phrases, codes, phones = (pl.concat(own) for own in zip(*(made or [_parts(_NOBODY)]), strict=True))
    return Needles(
        phrases.sort("kind", "phrase", "is_cased").unique("phrase", keep="first", maintain_order=True).sort("opening", "phrase"),
        codes.sort("low", "high", "kind").unique(["low", "high"], keep="first", maintain_order=True),
        phones.unique().sort("tail", "digits"),
    )


_NOBODY = pl.DataFrame(schema={"kind": pl.String, "value": pl.String})


def _slices(values: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Distinct values, so many at once."""
    told = values.select("kind", "value").drop_nulls().unique()
    yield from (told.slice(start, _AT_ONCE) for start in range(0, max(told.height, 1), _AT_ONCE))


def _parts(values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The frames of `Needles` for some values; the same may be in those of others."""
    told = values.with_columns(pl.col("value").str.strip_chars())
    folded = told.with_columns(_one_line(fold(told["value"])).alias("folded"))
    phrases = pl.concat([_names(folded), _streets(folded)]).unique()
    codes = pl.concat([_emails(folded), _handles(folded), _external_ids(folded)]).unique()
    kind = pl.col("kind").cast(_KIND)
    return (
        phrases.with_columns(kind, _opening(phrases["phrase"])),
        pl.concat([codes.select(kind), code_keys(codes["phrase"])], how="horizontal"),
        _phones(folded),
    )


def _opening(phrases: pl.Series) -> pl.Series:
    words = phrases.str.extract_all(_ALPHANUMERICS)
    first, second = (words.list.get(place, null_on_oob=True) for place in (0, 1))
    ones, twos = (word.hash(seed=3).to_numpy() for word in (first, second))
    return pl.Series("opening", np.where(second.is_null().to_numpy(), ones, _paired(ones, twos)), dtype=pl.UInt64)


def _nation(digits: pl.Series) -> pl.Series:
    return digits.str.replace(CALLING_CODE, "")


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
    digits = folded.filter((pl.col("kind") == "phone") & pl.col("folded").str.contains(r"^\+[0-9]"))["folded"]
    told = digits.str.replace_all(r"[^0-9]", "").unique().alias("digits")
    told = told.filter(_nation(told).str.len_chars() >= SHORTEST_NATIONAL)
    return pl.DataFrame({"digits": told, "tail": told.str.tail(TAIL).cast(pl.UInt32)})
