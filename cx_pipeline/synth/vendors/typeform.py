"""Typeform as its responses API answers: answers by the type of their question, double submits, speeders and unfinished ones."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, editions, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.feedback import Feedback
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE, FORM = "typeform", "u6nXL7qB"
REACH = 16 * DAY
TRAPS = {"sent_twice": 4, "broken_json_element": 2, "test_tag": 3, "test_mailbox": 2, "placeholder": 2}
_EXPORT, _TEXTS, _PAGE = "typeform.responses", 1_000_000_000, 25
_TOPICS = ("Delivery", "Staff", "Price", "App")


def asked(world: World) -> Feedback:
    """Who answers: 0.3 responses a customer, some of them twice and some in no time."""
    return Feedback(world.dice, "form", world.timeline, max(1, world.customers * 3 // 10), world.customers)


def tokens(world: World, numbers: Ints) -> pl.Series:
    return ids.hexadecimal(world.dice, "typeform/response", numbers, 32)


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: what was submitted since the last cut, and two weeks before; who never finished comes as started."""
    every = asked(world)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            told = editions.sent(_known(world, every, numbers), world.timeline, night, REACH)
            if len(told):
                noted = _records(world, told, broken=night == 0)
                around = '"total_items":{total},"page_count":{pages},'
                folder.json(_EXPORT, f"responses_{FORM}{name}.json", noted, listed("items", _PAGE, around))
    for _, numbers in editions.numbers(every.count):
        _note(world, book, _known(world, every, numbers))


def _known(world: World, every: Feedback, numbers: Ints) -> pl.DataFrame:
    trap = allot(world.dice, "typeform/responses", numbers, every.count, TRAPS)
    return every.of(numbers).with_columns(trap=trap, made="ended", changed=pl.lit(FOREVER, pl.Int64))


def _records(world: World, told: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = told["trap"]
    frame = _frame(world, told)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "response_type")
    )
    test = met(trap, "test_tag") | (met(trap, "test_mailbox") & _by_mail(told))
    kind = told.select(
        pl.coalesce(
            "why",
            pl.when(test | met(trap, "placeholder")).then(trap),
            pl.when(pl.col("source") != pl.col("number")).then(pl.lit("double_submit")),
            pl.when("speeder").then(pl.lit("speeder")),
            pl.when(pl.col("progress") < 100).then(pl.lit("never_finished")),
        )
    ).to_series()
    return records(lines, frame["token"], told["clock"], test=test, damage=hurt, trap=kind)


def _by_mail(told: pl.DataFrame) -> pl.Series:
    """True for who left an address: of those who finished, all but every third."""
    return (told["progress"] == 100) & (told["source"] % 3 > 0)


def _frame(world: World, told: pl.DataFrame) -> pl.DataFrame:
    numbers, source = told["number"].to_numpy(), told["source"].to_numpy()
    people = world.people[told["person"].to_numpy()]
    language = people["language"].to_numpy()
    token = tokens(world, numbers)
    done = pl.col("progress") == 100
    key = pl.when(met(told["trap"], "placeholder")).then(pl.lit("N/A")).otherwise(ids.customers(people["person"].to_numpy()))
    tags = pl.when(met(told["trap"], "test_tag")).then(pl.concat_list(pl.lit("test"))).otherwise(pl.lit([], pl.List(pl.String)))
    return told.select(
        landing_id=token,
        token=token,
        response_id=token,
        response_type=pl.when(done).then(pl.lit("completed")).otherwise(pl.lit("started")),
        landed_at=iso(pl.col("started")),
        submitted_at=pl.when(done).then(iso(pl.col("ended"))),
        stage_date=iso(pl.col("ended")),
        metadata=pl.struct(
            user_agent=pl.lit("Mozilla/5.0"),
            platform=pl.Series(("mobile", "other")).gather(source % 2),
            referer=pl.lit(f"https://quenloria.typeform.com/to/{FORM}"),
            network_id=ids.hexadecimal(world.dice, "typeform/network", source, 10),
            browser=pl.lit("default"),
        ),
        hidden=pl.struct(customer_id=key, order_ref=texts.orders(source), locale=pl.Series(LANGUAGES).gather(language)),
        calculated=pl.struct(score=pl.lit(0)),
        answers=_answers(world, told, people, language),
        tags=tags,
    )


def _answers(world: World, told: pl.DataFrame, people: pl.DataFrame, language: Ints) -> pl.Expr:
    """What was answered; the name of the value changes with the kind of the question, the others' stay away."""
    source = told["source"].to_numpy()
    remark = texts.descriptions(world.dice, source + _TEXTS, language, people["given"])
    tester = pl.Series("qa+" + told["number"].cast(pl.String) + "@quenloria.com")
    address = people["email"].zip_with(~met(told["trap"], "test_mailbox"), tester)
    topics = pl.Series(_TOPICS).gather(source % len(_TOPICS))
    done, nothing = pl.col("progress") == 100, pl.lit(None, pl.String)
    nobody_chose = pl.lit(None, pl.Struct({"labels": pl.List(pl.String)}))

    def answer(
        field: str,
        kind: str,
        value: str,
        *,
        number: pl.Expr | None = None,
        choices: pl.Expr | None = None,
        text: pl.Expr = nothing,
        email: pl.Expr = nothing,
    ) -> pl.Expr:
        return pl.struct(
            field=pl.struct(id=pl.lit(field), type=pl.lit(kind), ref=pl.lit(f"ref_{field}")),
            type=pl.lit(value),
            number=pl.lit(None, pl.Int64) if number is None else number,
            text=text,
            email=email,
            choices=nobody_chose if choices is None else choices,
        )  # fmt: skip

    given = [
        answer("hM1recommend", "nps", "number", number=pl.col("likely")),
        pl.when(done).then(answer("hM2topics", "multiple_choice", "choices", choices=pl.struct(labels=pl.concat_list(topics)))),
        pl.when(done & pl.Series(source % 2 == 0)).then(answer("hM3remark", "long_text", "text", text=pl.lit(remark))),
        pl.when(_by_mail(told)).then(answer("hM4mail", "email", "email", email=pl.lit(address))),
    ]
    return pl.concat_list(given).list.drop_nulls()


def _note(world: World, book: TruthBook, known: pl.DataFrame) -> None:
    """Whose response is whose, and by what it could be known: an address, or the company's own customer number."""
    told = known.filter(pl.col("made") <= world.timeline.end)
    person = told["person"].to_numpy()
    nobodys = world.people["quirk"].gather(person).is_in(["role_mailbox", "placeholder_email", "test_person"])
    by_mail = _by_mail(told) & ~nobodys & ~met(told["trap"], "test_mailbox")
    numbered = ~met(told["trap"], "placeholder")
    link = pl.when(by_mail).then(pl.lit("email")).when(numbered).then(pl.lit("external_id")).otherwise(pl.lit("none"))
    book.people(
        told.select(
            record_key=pl.lit(f"{_EXPORT}:") + tokens(world, told["number"].to_numpy()),
            person=pl.lit("person-") + pl.col("person").cast(pl.String),
            kind=pl.lit("respondent"),
            link=link,
        )
    )
