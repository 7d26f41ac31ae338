"""Invented people whose identifiers are so odd that a trace of them anywhere is a leak, and what they write, in disguise.

Their telephone numbers are of the ranges kept for fiction in North America (555-01xx), which validators take for real; those of
Ofcom (07700 900xxx) they refuse, so a test with them would be green for the wrong reason.
"""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

import polars as pl

from cx_pipeline.privacy.folded import fold, fold_text
from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.normalise import normalise

_SYLLABLES = ("qua", "vel", "zor", "mux", "plo", "dwi", "gri", "xan", "fje", "tho", "kly", "wem", "bru", "ost", "yv")
_AREAS = ("202", "212", "303", "312", "404", "415", "503", "512", "617", "702")
_DOMAIN = "plumage-post.net"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MOST = len(_AREAS) * 100


@dataclass(frozen=True)
class Canary:
    """An invented person."""

    number: int
    given: str
    family: str
    email: str
    phone: str  # E.164
    street: str
    handle: str
    member_id: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def national(self) -> str:
        """The ten digits of the telephone number."""
        return self.phone.removeprefix("+1")

    def values(self) -> list[tuple[str, str]]:
        """`kind, value` as the lake holds them."""
        return [
            ("name", self.name),
            ("email", self.email),
            ("phone", self.phone),
            ("address", self.street),
            ("handle", self.handle),
            ("external_id", self.member_id),
        ]

    def marks(self) -> dict[str, str]:
        """What no output may hold, by kind, folded: words and digits that occur nowhere but in this person."""
        return {
            "given": fold_text(self.given),
            "family": fold_text(self.family),
            "email": self.email.split("@")[0],
            "phone": self.national,
            "street": fold_text(self.street.split()[1]),
            "handle": self.handle,
            "member_id": self.member_id.lower(),
        }


def canaries(count: int, seed: int = 0) -> list[Canary]:
    """So many different people; the same for the same seed.

    Raises:
        ValueError: more are asked for than there are telephone numbers.
    """
    if count > _MOST:
        raise ValueError(f"there are {_MOST} canaries at most")
    dice = random.Random(seed)  # noqa: S311  # nothing secret

    def word(length: int) -> str:
        return "".join(dice.choice(_SYLLABLES) for _ in range(length))

    made = []
    for number in range(count):
        given, family, street = word(3), word(3), word(3)
        made.append(
            Canary(
                number=number,
                given=given.capitalize(),
                family=f"{family}né".capitalize(),
                email=f"{given}.{family}{number}@{_DOMAIN}",
                phone=f"+1{_AREAS[number % len(_AREAS)]}55501{number // len(_AREAS):02}",
                street=f"{dice.randint(100, 999)} {street.capitalize()} Street",
                handle=f"{family}_{given}{number:02}",
                member_id=f"MK-{dice.randint(10**7, 10**8 - 1)}-{number}",
            )
        )
    return made


def _grouped(canary: Canary, sign: str) -> str:
    digits = canary.national
    return sign.join((digits[:3], digits[3:6], digits[6:]))


def _words(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def _doubled(digits: str) -> str:
    """Digits as people say them: three and two of one kind together."""
    said: list[str] = []
    at = 0
    while at < len(digits):
        run = next(length for length in (3, 2, 1) if digits[at : at + length] == digits[at] * length)
        said.append({3: "triple ", 2: "double ", 1: ""}[run] + ("oh" if digits[at] == "0" else _DIGITS[int(digits[at])]))
        at += run
    return " ".join(said)


def _wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _between(text: str, sign: str) -> str:
    return "".join(letter + (sign if place % 3 == 1 else "") for place, letter in enumerate(text))


#: The disguises, by name: what becomes of a canary's identifiers.
DISGUISES: dict[str, Callable[[Canary], tuple[str, ...]]] = {
    "plain": lambda one: (one.email, one.phone, _grouped(one, "-"), one.national),
    "upper case": lambda one: (one.email.upper(),),
    "numeric entities": lambda one: (one.email.replace("@", "&#64;"), _grouped(one, "&#45;")),
    "entities escaped twice": lambda one: (html.escape(one.email.replace("@", "&#64;")),),
    "mojibake": lambda one: (f"my name is {one.name.encode().decode('cp1252')}",),
    "full width": lambda one: (_wide(one.email), _wide(_grouped(one, "-"))),
    "zero-width spaces": lambda one: (_between(one.email, "\u200b"), _between(_grouped(one, "-"), "\u200b")),
    "soft hyphens": lambda one: (_between(one.email, "\u00ad"), _between(_grouped(one, " "), "\u00ad")),
    "no-break spaces": lambda one: (_grouped(one, "\u00a0"), f"+1\u00a0{_grouped(one, chr(0xA0))}"),
    "percent signs": lambda one: (quote(one.email, safe=""), quote(one.phone, safe="")),
    "a line break in digits": lambda one: (f"{one.national[:3]}-{one.national[3:6]}-\n{one.national[6:]}",),
    "dots between groups": lambda one: (_grouped(one, "."), f"+1.{_grouped(one, '.')}"),
    "digits in words": lambda one: (_words(one.national),),
    "double and triple": lambda one: (_doubled(one.national),),
    "dot and at in words": lambda one: (one.email.replace(".", " dot ").replace("@", " at ").replace("-", "-"),),
    "brackets": lambda one: (
        one.email.replace("@", " (at) ").replace(".", " [dot] "),
        f"({one.national[:3]}) 555-{one.national[6:]}",
    ),
}
_SENTENCES = ("Please contact me: {}.", "You can reach me on {} after five, thanks.", "Hello, {} is where I am.", "It is {}")


def disguised(canary: Canary) -> list[tuple[str, str]]:
    """Messages by disguise, one for each identifier that the disguise is put on."""
    return [
        (name, _SENTENCES[(canary.number + place) % len(_SENTENCES)].format(worn))
        for name, wear in DISGUISES.items()
        for place, worn in enumerate(wear(canary))
    ]


def known_canaries(people: Iterable[Canary]) -> Needles:
    """Their identifiers as the gate looks for them."""
    rows = [row for canary in people for row in canary.values()]
    return needles(pl.DataFrame(rows, schema={"kind": pl.String, "value": pl.String}, orient="row"))


TRACES = {"row": pl.UInt32, "number": pl.Int64, "mark": pl.String}


def traces(texts: pl.Series, people: Iterable[Canary]) -> pl.DataFrame:
    """Marks that texts hold, in any disguise: `TRACES`, the index of the text, the canary's number and the mark's kind.

    Args:
        texts: nulls hold nothing. Texts are read as they are and without their disguises, and digits without what parts them.
        people: whose marks.
    """
    filled = texts.fill_null("")
    plain = fold(normalise(filled).texts)
    read = pl.DataFrame({"as_is": fold(filled), "plain": plain}).select(
        "as_is", "plain", pl.col("plain").str.replace_all(r"([0-9])[ .\-/()\n]+", "$1").alias("digits")
    )
    found = [pl.DataFrame(schema=TRACES)]
    for canary in people:
        for kind, mark in canary.marks().items():
            holds = pl.any_horizontal(pl.all().str.contains(mark, literal=True))
            rows = read.select(holds).to_series().arg_true().cast(pl.UInt32)
            found.append(
                pl.DataFrame({"row": rows}).select(
                    "row", pl.lit(canary.number, dtype=pl.Int64).alias("number"), pl.lit(kind).alias("mark")
                )
            )
    return pl.concat(found)
