"""Delighted as its API answers: arrays of responses, people, and of who unsubscribed or bounced; times are seconds of 1970."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids, layouts, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.feedback import Feedback
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "delighted"
REACH = 14 * DAY
TRAPS = {
    **editions.TRAPS,
    **dict.fromkeys(("mojibake", "zero_width", "double_escaped", "broken_json_element"), 2),
    "test_tag": 3,
    "placeholder_key": 2,
}
_CELLS = {
    "mojibake": (CellTrap("comment", dirt.mojibake),),
    "zero_width": (CellTrap("comment", dirt.zero_width),),
    "double_escaped": (CellTrap("comment", dirt.double_escaped),),
}
_TEXTS = 900_000_000
_TAGS = ("delivery", "staff", "price", "app")
_STREAM_REACH = 60 * DAY
_UNSUBSCRIBES, _BOUNCES = 0.3, 0.25


def asked(world: World) -> Feedback:
    """Who answers: 0.4 responses a customer."""
    return Feedback(world.dice, "nps", world.timeline, max(1, world.customers * 4 // 10), world.customers)


def person_ids(persons: pl.Series) -> pl.Series:
    return (persons + 1_040_011).cast(pl.String)


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all four exports."""
    every = asked(world)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, known in _known(world, every):
            told = editions.sent(known, world.timeline, night, REACH)
            if len(told):
                noted = _records(world, told, broken=night == 0)
                folder.json("delighted.responses", f"responses{name}.json", noted, layouts.array)
            _people(world, folder, known, name)
            _stream(world, folder, known, f"unsubscribes{name}.json", "unsubscribed_at", _UNSUBSCRIBES)
            _stream(world, folder, known, f"bounces{name}.json", "bounced_at", _BOUNCES)
    for _, known in _known(world, every):
        _note(world, book, known)


def _known(world: World, every: Feedback) -> Iterator[tuple[str, pl.DataFrame]]:
    """Responses with `made` and `changed`, when somebody tagged one or its score was changed."""
    for name, numbers in editions.numbers(every.count):
        trap = allot(world.dice, "delighted/responses", numbers, every.count, TRAPS)
        later = world.dice.below("delighted/changed", numbers, 20 * DAY) + HOUR
        changes = pl.Series(world.dice.chance("delighted/changes", numbers, 0.25))
        yield (
            name,
            editions.surely_changed(
                every.of(numbers)
                .with_columns(trap=trap, made="ended")
                .with_columns(changed=pl.when(changes).then(pl.col("made") + later).otherwise(FOREVER))
            ),
        )


def _records(world: World, told: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = told["trap"]
    frame, cells = dirt.soil(_frame(world, told), told["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "survey_type")
    )
    tagged = met(trap, "test_tag")
    doubled = pl.col("source") != pl.col("number")
    kind = told.select(
        pl.coalesce(
            "why",
            pl.when(tagged | met(trap, "placeholder_key")).then(trap),
            pl.when(doubled).then(pl.lit("double_submit")),
            pl.when("is_changed").then(pl.lit("edited_response")),
        )
    ).to_series()
    return records(lines, frame["id"], told["clock"], test=tagged, damage=hurt, cells=cells, trap=kind)


def _frame(world: World, told: pl.DataFrame) -> pl.DataFrame:
    numbers, source = told["number"].to_numpy(), told["source"].to_numpy()
    people = world.people[told["person"].to_numpy()]
    language = people["language"].to_numpy()
    remark = texts.descriptions(world.dice, source + _TEXTS, language, people["given"])
    commented = met(told["trap"], *_CELLS) | pl.Series(source % 3 > 0)
    tag = pl.Series(_TAGS).gather(numbers % len(_TAGS))
    tags = (
        pl.when(met(told["trap"], "test_tag")).then(pl.concat_list(pl.lit("test"))).when("is_changed").then(pl.concat_list(tag))
    )
    key = pl.when(met(told["trap"], "placeholder_key")).then(pl.lit("N/A")).otherwise(ids.customers(people["person"].to_numpy()))
    ease = pl.struct(
        id=(pl.col("number") + 4_000).cast(pl.String),
        value=pl.struct(scale="content"),
        question=pl.struct(id=pl.lit("scale_ease"), type=pl.lit("scale"), text=pl.lit("How easy was it?")),
    )
    return told.select(
        id=response_ids(numbers),
        person=person_ids(told["person"]),
        survey_type=pl.lit("nps"),
        score=pl.when("is_changed").then((pl.col("likely") + 1).clip(0, 10)).otherwise("likely"),
        comment=pl.when(commented).then(remark),
        permalink=pl.concat_str(pl.lit("https://app.delighted.com/r/"), ids.opaque("", world.dice, "delighted/link", numbers)),
        created_at="made",
        updated_at=pl.when("is_changed").then("clock"),
        person_properties=pl.struct(
            pl.lit("Email").alias("Delighted Source"),
            locale=pl.Series(LANGUAGES).gather(language),
            customer_id=key,
            order_ref=texts.orders(source),
        ),
        notes=pl.lit([], pl.List(pl.String)),
        tags=tags.otherwise(pl.lit([], pl.List(pl.String))),
        additional_answers=pl.concat_list(ease),
    )


def response_ids(numbers: Ints) -> pl.Series:
    return pl.Series(numbers + 5_435_000).cast(pl.String)


def _asked_people(known: pl.DataFrame, cut: int) -> pl.DataFrame:
    """One row a person: `first` and `last`, when the person answered, of answers until then."""
    heard = known.filter(pl.col("made") <= cut)
    return heard.group_by("person", maintain_order=True).agg(first=pl.col("started").min(), last=pl.col("made").max())


def _people(world: World, folder: Delivery, known: pl.DataFrame, name: str) -> None:
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    told = _asked_people(known, cut).filter(pl.col("last") > before - REACH)
    if not len(told):
        return
    people = world.people[told["person"].to_numpy()]
    frame = told.select(
        id=person_ids(told["person"]),
        name=people["name"],
        email=people["email"],
        phone_number=pl.lit(None, pl.String),
        created_at=pl.col("first") - DAY,
        last_sent_at=pl.col("first") - HOUR,
        last_responded_at="last",
        next_survey_scheduled_at=pl.lit(None, pl.Int64),
    )
    trap = allot(
        world.dice, "delighted/people", told["person"].to_numpy(), world.customers, {"email_capitals": 6, "white_space": 6}
    )
    soils = {"email_capitals": (CellTrap("email", dirt.own_shouted),), "white_space": (CellTrap("name", dirt.spaced),)}
    frame, cells = dirt.soil(frame, told["person"], trap, soils)
    test = people["quirk"] == "test_person"
    noted = records(encode.json_texts(frame), frame["id"], told["last"], test=test, cells=cells)
    folder.json("delighted.people", f"people{name}.json", noted, layouts.array)


def _stream(world: World, folder: Delivery, known: pl.DataFrame, file: str, at: str, rate: float) -> None:
    """Who unsubscribed or bounced within two months, each with the time, one a line."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    people = _asked_people(known, world.timeline.end)
    person = people["person"].to_numpy()
    happened = pl.col("first") + DAY + pl.Series(world.dice.below(f"delighted/{at}", person, 20 * DAY))
    those = people.with_columns(at=happened).filter(pl.Series(world.dice.chance(f"delighted/{at}/does", person, rate)))
    told = those.filter((pl.col("at") <= cut) & (pl.col("at") > before - _STREAM_REACH)).sort("at", "person")
    if not len(told):
        return
    who = world.people[told["person"].to_numpy()]
    frame = told.select(person_id=person_ids(told["person"]), email=who["email"], name=who["name"], **{at: "at"})
    key = frame.select(pl.concat_str("person_id", pl.col(at).cast(pl.String), separator="_")).to_series()
    noted = records(encode.json_texts(frame), key, told["at"], test=who["quirk"] == "test_person")
    folder.json(f"delighted.{file.split('.', maxsplit=1)[0].split('_', maxsplit=1)[0]}", file, noted, layouts.array)


def _note(world: World, book: TruthBook, known: pl.DataFrame) -> None:
    """Who was asked, by the record that all exports name."""
    told = _asked_people(known, world.timeline.end)
    nobodys = world.people["quirk"].gather(told["person"].to_numpy()).is_in(["role_mailbox", "placeholder_email", "test_person"])
    book.people(
        told.select(
            record_key=pl.lit("delighted.people:") + person_ids(told["person"]),
            person=pl.lit("person-") + pl.col("person").cast(pl.String),
            kind=pl.lit("respondent"),
            link=pl.when(nobodys).then(pl.lit("none")).otherwise(pl.lit("email")),
        )
    )
