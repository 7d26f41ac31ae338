"""The people of a world, whatever tools know them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from cx_pipeline.synth import phones
from cx_pipeline.synth.allot import allot
from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.locales import COUNTRIES, LOCALES
from cx_pipeline.synth.phrases import LANGUAGES

# Invented places; no such domain is meant to exist.
MAIL_DOMAINS = ("larkmail.quenloria.com", "brookmail.quenloria.com", "tidemail.vostrania.com", "fernmail.ostravelle.com")
ORGANIZATION_DOMAIN = "quenloria-trade.com"
PLACEHOLDER_EMAILS = ("example@email.com", "abc@abc.com", "noemail@noemail.com")
TEST_EMAIL, TEST_NAME = "test@test.com", "Test"
PLACEHOLDER_PHONES = ("3232323", "15555555555", "555-321-8967", "0000000000")

QUIRKS = {
    "household": 6,  # shares phone, street and family name with the person before
    "homonym": 3,  # has the name of the person before, and nothing else in common
    "role_mailbox": 4,  # known by info@ of the organisation only
    "placeholder_email": 6,
    "placeholder_phone": 4,
    "null_hash": 6,  # external id is the hash of nothing
    "leading_zeros": 4,  # external id such as 000123
    "test_person": 2,
}
"""What makes a person hard to tell from others, with weights as in `allot.period`."""

BOTH, DESK, CRM = 0, 1, 2
_TOOLS = {
    "household": CRM,
    "role_mailbox": CRM,
    "placeholder_email": CRM,
    "placeholder_phone": BOTH,
    "null_hash": DESK,
    "leading_zeros": DESK,
    "test_person": DESK,
}
LINKS = ("email", "phone", "external_id", "none")


def build(dice: Dice, count: int, organizations: int, quirks: Mapping[str, int] = QUIRKS) -> pl.DataFrame:
    """One row a person, `person` from 0 to count - 1.

    Columns: person, quirk, locale, country, language (position in LANGUAGES), given, family, name, latin (given.family
    for e-mail addresses), email, alias_email, phone (E.164), street, city, state, postal, organization (-1: none),
    tools (BOTH, DESK or CRM), link (by what a person in both tools can be recognised).

    Without `quirks` nobody is hard to tell from others.
    """
    keys = np.arange(count, dtype=np.int64)
    plain = pl.Series(keys == 0)  # known to every tool, so that no tool is empty
    quirk = allot(dice, "quirk", keys, count, quirks).fill_null("none").zip_with(~plain, pl.Series(["none"]))
    before = np.where((keys > 0) & quirk.is_in(["household", "homonym"]).to_numpy(), keys - 1, keys)
    locale = dice.weighted("locale", before, [item.weight for item in LOCALES])
    frame = _names(dice, keys, before, locale, quirk)
    employer = dice.below("employer", keys, organizations)
    frame = frame.with_columns(_places(dice, np.where(quirk.to_numpy() == "household", before, keys), locale))
    frame = frame.with_columns(
        quirk=quirk,
        organization=pl.Series(np.where(dice.chance("employed", keys, 0.35), employer, -1)),
        phone=_phones(keys, locale).gather(np.where(quirk.to_numpy() == "household", before, keys)),
    )
    return _reachable(dice, keys, frame)


def _pool(
    dice: Dice, label: str, keys: Ints, locale: Ints, pools: list[list[tuple[str, ...]]], further: Ints | None = None
) -> pl.DataFrame:
    sizes = np.array([len(pool) for pool in pools], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = pl.DataFrame([entry for pool in pools for entry in pool], orient="row")
    drawn = dice.below(label, keys, sizes[locale])
    if further is not None:
        drawn = (drawn + further) % sizes[locale]
    return flat[first[locale] + drawn]


def _names(dice: Dice, keys: Ints, before: Ints, locale: Ints, quirk: pl.Series) -> pl.DataFrame:
    homonym = np.where(quirk.to_numpy() == "homonym", before, keys)
    shared_home = quirk.to_numpy() == "household"
    # Who shares a home has the next name of the list: never the same one, which nothing could tell apart.
    given = _pool(
        dice,
        "given",
        np.where(shared_home, before, homonym),
        locale,
        [[*item.given] for item in LOCALES],
        shared_home.astype(np.int64),
    )
    family = _pool(dice, "family", before, locale, [[*item.family] for item in LOCALES])
    first = pl.Series([item.family_first for item in LOCALES]).gather(locale)
    test = quirk == "test_person"
    return pl.DataFrame(
        {
            "person": keys,
            "locale": locale,
            "country": pl.Series(COUNTRIES).gather(locale),
            "language": np.array([LANGUAGES.index(item.language) for item in LOCALES])[locale],
            "given": given["column_0"].zip_with(~test, pl.Series([TEST_NAME])),
            "family": family["column_0"].zip_with(~test, pl.Series([TEST_NAME])),
            "latin": pl.select(pl.lit(given["column_1"]) + "." + pl.lit(family["column_1"])).to_series(),
        }
    ).with_columns(
        name=pl.when(first)
        .then(pl.concat_str("family", pl.lit(" "), "given"))
        .otherwise(pl.concat_str("given", pl.lit(" "), "family"))
    )


def _places(dice: Dice, home: Ints, locale: Ints) -> list[pl.Series]:
    street = _pool(dice, "street", home, locale, [[(name,) for name in item.street] for item in LOCALES])["column_0"]
    place = _pool(dice, "place", home, locale, [[*item.places] for item in LOCALES])
    number = pl.Series(1 + dice.below("house", home, 180)).cast(pl.String)
    return [
        pl.select(pl.concat_str(street, pl.lit(" "), number)).to_series().alias("street"),
        *(place[f"column_{at}"].replace("", None).alias(name) for at, name in enumerate(("city", "state", "postal"))),
    ]


def _phones(keys: Ints, locale: Ints) -> pl.Series:
    parts = []
    for at, country in enumerate(COUNTRIES):
        mine = keys[locale == at]
        parts.append(pl.DataFrame({"key": mine, "phone": phones.e164(country, mine)}))
    return pl.concat(parts).sort("key")["phone"]


def _reachable(dice: Dice, keys: Ints, frame: pl.DataFrame) -> pl.DataFrame:
    """E-mail, phone and which tools know the person by what."""
    quirk = pl.col("quirk")
    domain = pl.Series(MAIL_DOMAINS).gather(dice.below("domain", keys, len(MAIL_DOMAINS)))
    tools = pl.Series(dice.weighted("tools", keys, (45, 30, 25)))
    link = pl.Series(LINKS).gather(dice.weighted("link", keys, (62, 20, 12, 6)))
    placeholder = pl.Series(PLACEHOLDER_EMAILS).gather(keys % len(PLACEHOLDER_EMAILS))
    nonsense = pl.Series(PLACEHOLDER_PHONES).gather(keys % len(PLACEHOLDER_PHONES))
    number = pl.col("person").cast(pl.String)
    placed = quirk.replace_strict(_TOOLS, default=None, return_dtype=pl.Int64)
    email = (
        pl.when(quirk == "role_mailbox")
        .then(pl.lit(f"info@orrery.{ORGANIZATION_DOMAIN}"))
        .when(quirk == "placeholder_email")
        .then(placeholder)
        .when(quirk == "test_person")
        .then(pl.lit(TEST_EMAIL))
        .otherwise(pl.concat_str("latin", number, pl.lit("@"), domain))
    )
    phone = (
        pl.when(quirk == "placeholder_phone")
        .then(nonsense)
        .when(quirk.is_in(["role_mailbox", "placeholder_email", "test_person"]))
        .then(None)
        .otherwise("phone")
    )
    reachable = frame.with_columns(
        email=email,
        alias_email=pl.concat_str("latin", pl.lit("_"), number, pl.lit("@"), domain),
        phone=phone,
        tools=pl.when(pl.col("person") == 0).then(BOTH).otherwise(pl.coalesce(placed, tools)),
    )
    linked = pl.when(placed.is_not_null()).then(pl.lit("email")).otherwise(link)
    return reachable.with_columns(link=pl.when(pl.col("tools") == BOTH).then(linked).otherwise(pl.lit("single")))
