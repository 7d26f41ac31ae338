# ruff: noqa: E501  (word lists, a line a list)
"""A population with known truth, as the records that several sources hold of it: what identity resolution is fitted and judged on.

Households share streets, telephones and family names; people move, marry, use short names and second mailboxes; those who type
make slips, swap names and leave fields out. Nobody in it exists: names are put together from syllables and common given names.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.synth.locales import LOCALES, latin

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_BEGINNINGS = [
    "al",
    "ash",
    "bar",
    "bel",
    "bren",
    "cal",
    "car",
    "cor",
    "dal",
    "dar",
    "el",
    "fen",
    "gar",
    "hal",
    "har",
    "hol",
    "kel",
    "ken",
    "lan",
    "lin",
    "mar",
    "mel",
    "nor",
    "pel",
    "pen",
    "ros",
    "sal",
    "sel",
    "tal",
    "tor",
    "val",
    "wal",
    "wen",
    "win",
]
_MIDDLES = ["", "", "", "a", "be", "de", "do", "er", "in", "ka", "la", "li", "ma", "ni", "o", "ra", "ri", "sa", "ta", "ven"]
_ENDS = [
    "berg",
    "by",
    "den",
    "der",
    "dorf",
    "ell",
    "er",
    "ford",
    "ham",
    "ings",
    "ington",
    "ley",
    "low",
    "man",
    "more",
    "ner",
    "ney",
    "ner",
    "ov",
    "ova",
    "ren",
    "rick",
    "ridge",
    "rov",
    "sen",
    "shaw",
    "ski",
    "son",
    "stone",
    "ter",
    "ton",
    "tti",
    "vale",
    "well",
    "wick",
    "wood",
    "worth",
    "zzi",
]
_GIVEN = [
    "james",
    "mary",
    "robert",
    "patricia",
    "john",
    "jennifer",
    "michael",
    "linda",
    "david",
    "elizabeth",
    "william",
    "barbara",
    "richard",
    "susan",
    "joseph",
    "jessica",
    "thomas",
    "sarah",
    "christopher",
    "karen",
    "charles",
    "lisa",
    "daniel",
    "nancy",
    "matthew",
    "betty",
    "anthony",
    "sandra",
    "mark",
    "margaret",
    "donald",
    "ashley",
    "steven",
    "kimberly",
    "andrew",
    "emily",
    "paul",
    "donna",
    "joshua",
    "michelle",
    "kenneth",
    "carol",
    "kevin",
    "amanda",
    "brian",
    "melissa",
    "george",
    "deborah",
    "timothy",
    "stephanie",
    "ronald",
    "rebecca",
    "jason",
    "laura",
    "edward",
    "helen",
    "jeffrey",
    "sharon",
    "ryan",
    "cynthia",
    "jacob",
    "kathleen",
    "gary",
    "amy",
    "nicholas",
    "angela",
    "eric",
    "shirley",
    "jonathan",
    "anna",
    "stephen",
    "brenda",
    "larry",
    "pamela",
    "justin",
    "emma",
    "scott",
    "nicole",
    "brandon",
    "samantha",
    "benjamin",
    "katherine",
    "samuel",
    "christine",
    "gregory",
    "debra",
    "alexander",
    "rachel",
    "frank",
    "carolyn",
    "patrick",
    "janet",
    "raymond",
    "maria",
    "jack",
    "olivia",
    "dennis",
    "heather",
    "jerry",
    "diane",
    "tyler",
    "julie",
    "aaron",
    "joyce",
    "jose",
    "victoria",
    "adam",
    "ruth",
    "nathan",
    "virginia",
    "henry",
    "lauren",
    "zachary",
    "kelly",
    "douglas",
    "christina",
    "peter",
    "joan",
    "kyle",
    "evelyn",
    "noah",
    "judith",
    "ethan",
    "andrea",
    "jeremy",
    "hannah",
    "walter",
    "megan",
    "christian",
    "cheryl",
    "keith",
    "jacqueline",
    "roger",
    "martha",
    "terry",
    "madison",
    "austin",
    "teresa",
    "sean",
    "gloria",
    "gerald",
    "sara",
    "carl",
    "janice",
    "harold",
    "ann",
    "dylan",
    "kathryn",
    "arthur",
    "abigail",
    "lawrence",
    "sophia",
    "jordan",
    "frances",
    "jesse",
    "jean",
    "bryan",
    "alice",
    "billy",
    "judy",
    "bruce",
    "isabella",
    "gabriel",
    "julia",
    "joe",
    "grace",
    "logan",
    "amber",
    "alan",
    "denise",
    "juan",
    "danielle",
    "albert",
    "marilyn",
    "willie",
    "beverly",
    "elijah",
    "charlotte",
    "wayne",
    "natalie",
    "randy",
    "theresa",
    "vincent",
    "diana",
    "mason",
    "brittany",
    "roy",
    "doris",
    "ralph",
    "kayla",
    "bobby",
    "alexis",
    "russell",
    "lori",
    "bradley",
    "marie",
    "philip",
    "tiffany",
]
_SHORT = {
    "james": "jim", "robert": "bob", "michael": "mike", "david": "dave", "william": "bill", "richard": "rick", "joseph": "joe",
    "thomas": "tom", "christopher": "chris", "charles": "charlie", "daniel": "dan", "matthew": "matt", "anthony": "tony",
    "steven": "steve", "andrew": "andy", "kenneth": "ken", "timothy": "tim", "edward": "ed", "nicholas": "nick", "benjamin": "ben",
    "samuel": "sam", "gregory": "greg", "alexander": "alex", "patrick": "pat", "elizabeth": "liz", "jennifer": "jen",
    "patricia": "pat", "susan": "sue", "jessica": "jess", "margaret": "peggy", "kimberly": "kim", "amanda": "mandy",
    "rebecca": "becky", "katherine": "kate", "samantha": "sam", "christine": "chris", "victoria": "vicky", "pamela": "pam",
}  # fmt: skip
_MAILS = (
    "larkmail.quenloria.com",
    "brookmail.quenloria.com",
    "tidemail.vostrania.com",
    "fernmail.ostravelle.com",
    "mossmail.ostravelle.com",
)
_KINDS_OF_STREET = ("street", "road", "avenue", "lane", "drive", "close")
_SOURCES = ("crm", "desk", "shop", "survey", "voice")
_FIRST_BIRTH, _BIRTH_DAYS = date(1932, 1, 1), 27_500
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Population(NamedTuple):
    """`people`: the columns that `identity.resolve` takes. `truth`: `record_id, person`."""

    people: pl.DataFrame
    truth: pl.DataFrame


def population(people: int, seed: int, *, shared_mailboxes: float = 0.02, records: float = 2.2) -> Population:
    """Make a population.

    Args:
        people: how many there are.
        seed: the same one makes the same records.
        shared_mailboxes: share of the people whose only e-mail address is one that several use.
        records: of each person, on average.
    """
    dice = np.random.default_rng(seed)
    persons = _persons(people, dice, shared_mailboxes)
    copies = np.minimum(dice.geometric(1 / records, people), 12)
    who = np.repeat(np.arange(people, dtype=np.int64), copies)
    first = np.concatenate([[True], who[1:] != who[:-1]])
    told = _spoilt(persons[who], dice, first)
    order = dice.permutation(len(who))
    ids = pl.Series("record_id", [f"r{number:08d}" for number in range(len(who))])
    shuffled = told[order]
    return Population(
        shuffled.with_columns(ids).select("record_id", pl.exclude("record_id")),
        pl.DataFrame({"record_id": ids, "person": who[order]}),
    )


def _persons(people: int, dice: np.random.Generator, shared_mailboxes: float) -> pl.DataFrame:
    given_names = pl.Series([*_GIVEN, *dict.fromkeys(latin(name) for item in LOCALES for name, _ in item.given)])
    household = np.sort(dice.integers(0, max(people * 5 // 11, 1), people))
    family = _pick(dice, _families(dice, max(people // 4, 2_000)), household.max() + 1, 0.75).gather(household)
    own_family = _pick(dice, family.unique().sort(), people, 0.3)
    family = family.zip_with(pl.Series(dice.random(people) < 0.85), own_family)
    given = _pick(dice, given_names, people, 0.7)
    homes = int(household.max()) + 1
    towns = _families(dice, max(people // 300, 80))
    town = _zipf(dice, len(towns), homes, 0.8)
    street = pl.DataFrame(
        {
            "number": dice.integers(1, 220, homes),
            "name": _pick(dice, _families(dice, 900), homes, 0.4),
            "kind": pl.Series(_KINDS_OF_STREET).gather(dice.integers(0, len(_KINDS_OF_STREET), homes)),
        }
    ).select(pl.format("{} {} {}", "number", "name", "kind"))
    line = dice.integers(2_010_000, 9_899_999, homes)
    mobile = dice.integers(2_010_000_000, 9_899_999_999, people)
    number = dice.integers(1, 1_900, people)
    frame = pl.DataFrame(
        {
            "given": given,
            "family": family,
            "birth": pl.Series([_FIRST_BIRTH + timedelta(days=int(day)) for day in dice.integers(0, _BIRTH_DAYS, people)]),
            "mail": pl.Series(_MAILS).gather(_zipf(dice, len(_MAILS), people, 0.7)),
            "style": dice.integers(0, 4, people),
            "number": number,
            "street": street.to_series().gather(household),
            "city": towns.gather(town).gather(household),
            "region": pl.Series([f"region {place % 24}" for place in town.tolist()]).gather(household),
            "postcode": _postcodes(town).gather(household),
            "line": pl.Series([f"+1212{value}" for value in line.tolist()]).gather(household),
            "mobile": pl.Series([f"+1{value}" for value in mobile.tolist()]),
            "national": pl.Series([f"nid:{value:09d}" for value in dice.permutation(people * 7)[:people].tolist()]),
        }
    )
    plain = pl.col("family").str.replace_all(" ", "")
    styles = (
        pl.when(pl.col("style") == 0).then(pl.format("{}.{}{}", "given", plain, "number"))
        .when(pl.col("style") == 1).then(pl.format("{}{}{}", pl.col("given").str.slice(0, 1), plain, "number"))
        .when(pl.col("style") == 2).then(pl.format("{}_{}", plain, "number"))
        .otherwise(pl.format("{}{}", "given", pl.col("birth").dt.strftime("%d%m%y")))
    )  # fmt: skip
    shared = pl.Series(dice.random(people) < shared_mailboxes)
    common = pl.Series([f"family{home // 3}@{_MAILS[home % len(_MAILS)]}" for home in household.tolist()])
    frame = frame.with_columns(pl.format("{}@{}", styles, "mail").alias("email"))
    second = frame.select(
        pl.format("{}{}@{}", pl.col("given").str.slice(0, 3), pl.col("number") * 3 + 11, pl.lit(_MAILS[1]))
    ).to_series()
    return frame.with_columns(common.zip_with(shared, frame["email"]).alias("email"), second.alias("second"))


def _postcodes(town: Ints) -> pl.Series:
    """Some fifteen homes share a postcode of their town."""
    homes = pl.DataFrame({"town": town, "home": np.arange(len(town), dtype=np.int64)})
    block = (pl.col("home").rank("ordinal").over("town") // 15) % 1_000
    text = pl.format("{}{}", (pl.col("town") + 100).cast(pl.String), block.cast(pl.String).str.zfill(3))
    return homes.select(text).to_series()


def _families(dice: np.random.Generator, count: int) -> pl.Series:
    whole = [begin + middle + end for begin in _BEGINNINGS for middle in dict.fromkeys(_MIDDLES) for end in dict.fromkeys(_ENDS)]
    chosen = dice.permutation(len(whole))[: min(count, len(whole))]
    return pl.Series([whole[place] for place in chosen.tolist()])


def _zipf(dice: np.random.Generator, choices: int, count: int, slope: float) -> Ints:
    weights = 1 / np.arange(1, choices + 1) ** slope
    return np.searchsorted(np.cumsum(weights / weights.sum()), dice.random(count)).clip(0, choices - 1).astype(np.int64)


def _pick(dice: np.random.Generator, values: pl.Series, count: int, slope: float) -> pl.Series:
    return values.gather(_zipf(dice, len(values), int(count), slope))


def _spoilt(records: pl.DataFrame, dice: np.random.Generator, first: Bools) -> pl.DataFrame:
    """The records of each person: the first as they would write it themselves, further ones as others do."""
    size = records.height

    def some(rate: float, *, later: bool = True) -> pl.Series:
        hit = dice.random(size) < rate
        return pl.Series(hit & ~first if later else hit)

    given, family = records["given"], records["family"]
    short = given.replace_strict(_SHORT, default=None, return_dtype=pl.String).fill_null(given)
    given = short.zip_with(some(0.08), given)
    given = given.str.slice(0, 1).zip_with(some(0.02), given)
    family = _pick(dice, family.unique().sort(), size, 0.3).zip_with(some(0.025), family)
    given, family = _slipped(given, some(0.05), dice), _slipped(family, some(0.06), dice)
    swapped = some(0.02)
    given, family = family.zip_with(swapped, given), given.zip_with(swapped, family)
    birth = records["birth"]
    off = pl.Series(dice.integers(-9, 9, size))
    moved = records.select(
        pl.when(pl.Series(dice.random(size) < 0.5))
        .then(pl.col("birth").dt.offset_by(pl.format("{}d", off)))
        .otherwise(pl.col("birth").dt.offset_by(pl.format("{}y", off)))
    ).to_series()
    digits = moved.zip_with(some(0.05), birth).dt.strftime("%Y-%m-%d")
    email = records["second"].zip_with(some(0.16), records["email"])
    email = _slipped(email, some(0.03), dice)
    phone = records["line"].zip_with(some(0.2, later=False), records["mobile"])
    phone = _digit_slipped(phone, some(0.03), dice)
    elsewhere = dice.permutation(size)
    gone = some(0.08)
    places = {
        name: records[name].gather(elsewhere).zip_with(gone, records[name]) for name in ("street", "city", "region", "postcode")
    }
    national = _digit_slipped(records["national"], some(0.03), dice)
    source = dice.integers(0, len(_SOURCES), size)
    days = dice.integers(0, 2_000, size)

    def said(values: pl.Series, rate: float) -> pl.Series:
        return values.zip_with(pl.Series(dice.random(size) < rate), pl.Series([None], dtype=pl.String).new_from_index(0, size))

    named = dice.random(size) < 0.75
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    return pl.DataFrame(
        {
            "record_id": empty,
            "source": pl.Series(_SOURCES).gather(source),
            "given_name": said(given, 0.95).zip_with(pl.Series(named), empty),
            "family_name": said(family, 0.97).zip_with(pl.Series(named), empty),
            "full_name": (given + " " + family).zip_with(pl.Series(~named), empty),
            "date_of_birth": said(digits, 0.75),
            "email": said(email, 0.8),
            "phone": said(phone, 0.7),
            "street": said(_slipped(places["street"], some(0.08), dice), 0.65),
            "city": said(_slipped(places["city"], some(0.04), dice), 0.6),
            "region": said(places["region"], 0.5),
            "postcode": said(_digit_slipped(places["postcode"], some(0.04), dice), 0.7),
            "country": pl.Series(["US"]).new_from_index(0, size),
            "external_ids": said(national, 0.2),
            "updated_at": pl.Series([f"2026-01-01T00:00:{int(day) % 60:02d}" for day in days]),
        }
    )


def _slipped(values: pl.Series, hit: pl.Series, dice: np.random.Generator) -> pl.Series:
    """One letter left out, put in, changed, or two exchanged."""
    places = hit.arg_true()
    texts = values.gather(places).to_list()
    return values.scatter(places, [_slip(text, *dice.random(3)) for text in texts])


def _slip(text: str, where: float, kind: float, letter: float) -> str:
    if len(text) < 2:
        return text
    place, new = int(where * (len(text) - 1)), _LETTERS[int(letter * len(_LETTERS))]
    before, behind = text[:place], text[place + 1 :]
    return (before + behind, before + new + text[place:], before + new + behind, before + behind[0] + text[place] + behind[1:])[
        int(kind * 4)
    ]


def _digit_slipped(values: pl.Series, hit: pl.Series, dice: np.random.Generator) -> pl.Series:
    """The last four digits with one changed, or two exchanged."""
    places = hit.arg_true()
    return values.scatter(places, [_digit_slip(text, *dice.random(3)) for text in values.gather(places).to_list()])


def _digit_slip(text: str, where: float, kind: float, digit: float) -> str:
    place = len(text) - 4 + int(where * 3)
    if kind < 0.5:
        return text[:place] + str(int(digit * 10)) + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
