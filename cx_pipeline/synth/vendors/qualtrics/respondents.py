"""Who answers which survey, and what the survey tool was told of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.dice import Bools, Ints
from cx_pipeline.synth.feedback import Feedback
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.vendors.qualtrics.catalogue import GERMAN, OF_CUSTOMERS, PULSE
from cx_pipeline.synth.vendors.qualtrics.survey import Survey
from cx_pipeline.synth.world import World

TRAPS = {
    "preview": 3,
    "test_response": 3,
    "imported": 2,
    "spam": 2,
    "email_capitals": 3,
    "mojibake": 3,
    "nfd": 2,
    "white_space": 2,
    "zero_width": 2,
    "placeholder": 3,
    "hash_of_nothing": 2,
    "impossible_date": 2,
    "clock_inversion": 2,
    "score_outside_scale": 3,
    "double_escaped": 3,
    "control_character": 3,
    "edited_response": 14,
    "field_missing": 1,
    "field_too_many": 2,
    "unterminated_quote": 2,
    "invalid_bytes": 2,
}
STATUS = {"preview": "1", "test_response": "2", "imported": "4", "spam": "8"}
_NOBODYS = ("role_mailbox", "placeholder_email", "test_person")
_NONE = pl.lit(None, pl.String)


def asked(world: World, survey: Survey) -> Feedback:
    """Where the survey's responses come from."""
    return world.pulse if survey is PULSE else world.feedback


def _kind(survey: Survey) -> str:
    return "staff" if survey is PULSE else "customers"


def chosen(world: World, survey: Survey, numbers: Ints) -> Bools:
    """True for the responses that are to this survey."""
    if survey is PULSE:
        agents = world.agents[world.pulse.person(numbers)]
        there: Bools = (agents["active"] & ~agents["bot"] & ~agents["hidden"]).to_numpy()
        answers: Bools = there & world.dice.chance("pulse/answers", numbers, 0.95)
        return answers
    source = world.feedback.source(numbers)
    german: Bools = (world.people["country"] == "DE").to_numpy()[world.feedback.person(source)]
    if survey is GERMAN:
        return german
    drawn = world.dice.weighted("feedback/survey", source, [item.weight for item in OF_CUSTOMERS])
    other: Bools = ~german & (drawn == OF_CUSTOMERS.index(survey))
    return other


def of(world: World, survey: Survey, numbers: Ints) -> pl.DataFrame:
    """Responses with what the tool knows of each.

    Columns: those of `Feedback.of`, and response_id, trap, status, given, family, name, email, external, language (as the
    tool writes it), speaks (position in LANGUAGES), signature, embedded, channel, owner, link, is_test, duplicate_of.
    """
    feedback = asked(world, survey)
    state = _read(survey, feedback.of(numbers))
    repeated = feedback.source(np.minimum(numbers + 1, feedback.count - 1)) == numbers
    trap = allot(world.dice, f"qualtrics/{_kind(survey)}", numbers, feedback.count, TRAPS)
    plain = (state["source"] != state["number"]) | (pl.Series(repeated) & (state["number"] < feedback.count - 1))
    trap = pl.select(pl.when(~plain).then(trap)).to_series()
    state = state.with_columns(trap=trap, status=trap.replace_strict(STATUS, default="0", return_dtype=pl.String))
    told = _staff(world, state) if survey is PULSE else _customers(world, state)
    key = f"qualtrics/response/{_kind(survey)}"
    return told.with_columns(
        response_id=ids.opaque("R_", world.dice, key, numbers),
        duplicate_of=ids.opaque("R_", world.dice, key, np.where(state["source"] != state["number"], state["source"], -1)),
    )


def _read(survey: Survey, state: pl.DataFrame) -> pl.DataFrame:
    """With the time it takes to read this survey's questions, which speeders do not take."""
    longer = pl.when("speeder").then(0).otherwise(survey.reading)
    return state.with_columns(
        pl.col("took") + longer,
        pl.col("ended", "recorded") + longer,
        started=pl.col("started") + pl.when(pl.col("source") != pl.col("number")).then(longer).otherwise(0),
    )


def _customers(world: World, state: pl.DataFrame) -> pl.DataFrame:
    """Seven in ten are known by name and address, one in ten by the CRM's id alone; the others opened a public link."""
    source = state["source"].to_numpy()
    contacts = world.crm_profiles.filter(pl.col("kind") == "person").select("person", contact="profile")
    person = state.select("person").join(world.people, on="person", how="left", maintain_order="left")
    contact = state.select("person").join(contacts, on="person", how="left", maintain_order="left")["contact"]
    external = ids.salesforce(ids.CONTACT, contact.fill_null(-1).to_numpy())
    way = pl.Series(world.dice.weighted("qualtrics/way", source, (70, 10, 20)))
    invited = ~state["status"].is_in(["1", "2"])
    by_mail = invited & ((way == 0) | ((way == 1) & external.is_null()))
    known = by_mail | (invited & (way == 1))
    lost = met(state["trap"], "placeholder", "hash_of_nothing")
    own_address = by_mail & ~person["quirk"].is_in(_NOBODYS)
    language = pl.Series([language.upper() for language in LANGUAGES]).gather(person["language"].to_numpy())
    return state.with_columns(
        given=pl.when(known).then(person["given"]),
        family=pl.when(known).then(person["family"]),
        name=pl.when(known).then(person["name"]),
        email=pl.when(by_mail).then(person["email"]),
        external=pl.when(known).then(external),
        language=language,
        speaks=person["language"],
        signature=person["given"],
        embedded=texts.orders(source),
        channel=_channel(known),
        owner=pl.lit("person-") + pl.col("person").cast(pl.String),
        link=pl.when(own_address)
        .then(pl.lit("email"))
        .when(known & external.is_not_null() & ~lost)
        .then(pl.lit("external_id"))
        .otherwise(pl.lit("none")),
        is_test=(state["status"] == "2") | (by_mail & (person["quirk"] == "test_person")),
    )


def _staff(world: World, state: pl.DataFrame) -> pl.DataFrame:
    agents = world.agents[state["person"].to_numpy()]
    known = ~state["status"].is_in(["1", "2"])
    return state.with_columns(
        given=pl.when(known).then(agents["given"]),
        family=pl.when(known).then(agents["family"]),
        name=pl.when(known).then(agents["name"]),
        email=pl.when(known).then(agents["email"]),
        external=_NONE,
        language=pl.lit("EN"),
        speaks=pl.lit(LANGUAGES.index("en"), pl.Int64),
        signature=agents["given"],
        embedded=agents["team"],
        channel=_channel(known),
        owner=pl.lit("agent-") + pl.col("person").cast(pl.String),
        link=pl.when(known).then(pl.lit("email")).otherwise(pl.lit("none")),
        is_test=state["status"] == "2",
    )


def _channel(known: pl.Series) -> pl.Expr:
    status = pl.col("status")
    return (
        pl.when(status == "1")
        .then(pl.lit("preview"))
        .when(status == "2")
        .then(pl.lit("test"))
        .when(known)
        .then(pl.lit("email"))
        .otherwise(pl.lit("anonymous"))
    )
