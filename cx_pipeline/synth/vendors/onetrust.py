"""OneTrust as its receipts are: what people decided in the form on the site, with tests among them and times in two spellings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode, ids, subscribers
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.consents import DENIED, GRANTED, NOT_ASKED, PENDING, TOPICS, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.visitors import accounts
from cx_pipeline.synth.world import World

SOURCE = "onetrust"
TRAPS = {
    "test_receipt": 1,
    "sent_twice": 1,
    "clock_without_zone": 2,
    "unknown_state": 1,
    "known_by_phone": 2,
    "email_capitals": 1,
    "corrected_receipt": 2,
    "broken_json_element": 1,
}
_ROUND = 30  # decisions of so many, and in larger worlds of more, meet every trap
_EXPORT = "onetrust.receipts"
_REACH, _OVERLAP, _PAGE = 100 * DAY, 40 * DAY, 25
_PURPOSES = {
    "newsletter": "b86fbdd9-8a2f-4d7b-b3c1-0c4f5a6f7d10",
    "offers": "5b0f1f6e-2f5a-4c8e-9d0f-8f6f0b1c2d11",
    "sms": "e0a3c7d2-6b1d-4a3e-8c55-1f2e3d4c5b12",
    "profiling": "0d9c8b7a-4e5f-4b6a-a1b2-c3d4e5f60713",
}
_NAMED = {"improvement": "Service improvement", "ai": "AI training"}
"""Purposes that the receipts know by their names alone, so that nobody has to declare what they stand for."""
_WRITTEN = {**{topic: f"onetrust.purposes:{guid.replace('-', '')}" for topic, guid in _PURPOSES.items()}, **_NAMED}
_STATES = {GRANTED: "granted", WITHDRAWN: "withdrawn", DENIED: "not_given", PENDING: "pending"}
_STRICTNESS = {"granted": 0, "unknown": 1, "not_given": 2, "pending": 3, "withdrawn": 4}
_WORDS = {GRANTED: "CONFIRMED", WITHDRAWN: "WITHDRAWN", DENIED: "NO_CHOICE", PENDING: "PENDING", NOT_ASKED: None}


def write(world: World, out: Path, book: TruthBook) -> None:
    """A quarter of a year on the first night, then what is new and weeks that overlap."""
    told = []
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
        known = subscribers.decided(world, SOURCE, before - _OVERLAP if night else cut - _REACH, cut)
        if not len(known):
            continue
        noted, decided = _records(world, known, night)
        told.append(decided)
        repeated = int((noted["clock"] <= before).sum()) if night else 0
        traps = {"overlapping_night": repeated} if repeated else {}
        folder.json(_EXPORT, f"receipts_{folder.day}.json", noted, enveloped("content", _PAGE, _paging), traps=traps)
    if told:
        book.facts("consents", SOURCE, consents(pl.concat(told)))


def consents(decided: pl.DataFrame) -> pl.DataFrame:
    """What the receipts of each person amount to: the latest under an address or number, the strictest over both.

    Args:
        decided: `person, receipt, identifier, trap, at, clock` and a column a topic, a row a receipt that counts.

    Returns:
        `person, purpose, state, since` (ISO) and the record keys of the `receipts`.
    """
    said = decided.unpivot(TOPICS, index=["person", "receipt", "identifier", "trap", "at", "clock"], variable_name="topic")
    state = pl.when(pl.col("trap") == "unknown_state").then(pl.lit("unknown")).otherwise(pl.col("value").replace_strict(_STATES))
    rows = said.filter(pl.col("value") != NOT_ASKED).with_columns(state.alias("state"))
    # Where the receipt names no moment of the purpose, that of the receipt is meant.
    timed = pl.col("state").is_in(["granted", "withdrawn"])
    rows = rows.with_columns(
        since=pl.when(timed).then("at").otherwise("clock"),
        strictness=pl.col("state").replace_strict(_STRICTNESS),
        purpose=pl.col("topic").replace_strict(_WRITTEN),
    )
    latest = rows.sort("since", "strictness", descending=True).unique(
        ["person", "purpose", "identifier"], keep="first", maintain_order=True
    )
    strictest = latest.sort("strictness", "since", descending=[True, False]).unique(
        ["person", "purpose"], keep="first", maintain_order=True
    )
    receipts = rows.group_by("person", "purpose").agg(
        pl.concat_str(pl.lit(f"{_EXPORT}:"), "receipt").unique().sort().alias("receipts")
    )
    named = strictest.join(receipts, on=["person", "purpose"]).sort("person", "purpose")
    return named.select(
        pl.concat_str(pl.lit("person-"), "person").alias("person"),
        "purpose",
        "state",
        iso(pl.col("since")).alias("since"),
        "receipts",
    )


def _paging(at: int, is_last: bool) -> str:
    return f'"last":{str(is_last).lower()},"number":{at},"size":{_PAGE}'


def _time(seconds: pl.Expr) -> pl.Expr:
    """With the zone, or without it as the vendor's own sample has it."""
    zoneless = (pl.col("trap") == "clock_without_zone").fill_null(value=False)
    return pl.when(zoneless).then(iso(seconds).str.strip_chars_end("Z")).otherwise(iso(seconds))


def _purpose(topic: str) -> pl.Expr:
    word = pl.col(topic).replace_strict(_WORDS, default=None, return_dtype=pl.String)
    odd = (pl.col("trap") == "unknown_state").fill_null(value=False)
    decided = pl.struct(
        Id=pl.lit(_PURPOSES.get(topic), dtype=pl.String),
        Name=pl.lit(_NAMED.get(topic, topic.capitalize())),
        TransactionType=pl.when(odd).then(pl.lit("LATER")).otherwise(word),
        ConsentDate=pl.when(word == "CONFIRMED").then(_time(pl.col("at"))),
        WithdrawnDate=pl.when(word == "WITHDRAWN").then(_time(pl.col("at"))),
        ExpiryDate=pl.when(word == "CONFIRMED").then(_time(pl.col("at") + 730 * DAY)),
        LawfulBasis=pl.lit("Consent"),
    )
    return pl.when(word.is_not_null()).then(decided)


def _records(world: World, known: pl.DataFrame, night: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The receipts of a night as `records.COLUMNS`, and what they decide, as `consents` reads it; tests decide nothing."""
    numbers = known["number"].to_numpy()
    shared = world.people.filter(pl.col("phone").is_duplicated())["phone"].implode()
    known = known.with_columns(
        allot(world.dice, "onetrust/receipts", numbers, max(_ROUND, world.customers // _ROUND), TRAPS),
        account=accounts(world, known["person"]),
        own_phone=pl.when(pl.col("phone").str.starts_with("+") & ~pl.col("phone").is_in(shared)).then("phone"),
    )
    trap = known["trap"]
    by_phone = met(trap, "known_by_phone") & known["own_phone"].is_not_null()
    shouted = met(trap, "email_capitals")
    # What is corrected keeps its id and says so a moment later.
    corrected = met(trap, "corrected_receipt") & pl.Series([night > 0] * len(known))
    clock = known.select(pl.when(corrected).then(pl.col("at") + HOUR).otherwise("at")).to_series()
    test = met(trap, "test_receipt") | (known["quirk"] == "test_person")
    frame = known.with_columns(interaction=clock).select(
        receiptId=ids.uuids(world.dice, "onetrust/receipt", numbers),
        identifier=pl.when(by_phone).then("own_phone").when(shouted).then(pl.col("email").str.to_uppercase()).otherwise("email"),
        identifierType=pl.when(by_phone).then(pl.lit("Mobile number")).otherwise(pl.lit("Email")),
        additionalIdentifiers=pl.struct(pl.col("account").alias("Customer ID")),
        collectionPointName=pl.lit("Preference centre"),
        language=pl.Series([item.language for item in LOCALES]).gather(known["locale"].to_numpy()),
        requestInformation=pl.lit("eyJhbGciOiJSUzUxMiJ9.e30.c2ln"),
        purposes=pl.concat_list(*(_purpose(topic) for topic in TOPICS)).list.drop_nulls(),
        interactionDate=_time(pl.col("interaction")),
        customPayload=pl.struct(shop=pl.lit("7")),
        test=test,
    )
    hurt = known.select(pl.when(met(trap, "broken_json_element") & pl.lit(night == 0)).then("trap")).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "language")
    )
    kind = known.select(
        pl.when(met(trap, "test_receipt", "clock_without_zone", "unknown_state", "email_capitals") | by_phone | corrected).then(
            "trap"
        )
    ).to_series()
    noted = records(lines, frame["receiptId"], clock, test=test, damage=hurt, trap=kind)
    twice = np.flatnonzero(met(trap, "sent_twice").to_numpy())
    decided = known.select(
        "person",
        "trap",
        "at",
        *TOPICS,
        receipt=frame["receiptId"],
        identifier=frame["identifier"].str.to_lowercase(),
        clock=clock,
    ).filter(~test & hurt.is_null())
    return pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))]), decided
