"""ServiceNow incidents as its list exports them: a CSV of values, journals in one cell, a duration as a date of 1970."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.journeys import Journeys
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "servicenow"
REACH = 12 * DAY
TRAPS = {
    **editions.TRAPS,
    **dict.fromkeys(("mojibake", "zero_width", "white_space", "email_capitals", "test_record", "impossible_date"), 2),
    **dict.fromkeys(("field_missing", "field_too_many", "unterminated_quote", "invalid_bytes"), 1),
}
_CELLS = {
    "mojibake": (CellTrap("short_description", dirt.mojibake),),
    "zero_width": (CellTrap("short_description", dirt.zero_width),),
    "white_space": (CellTrap("short_description", dirt.spaced),),
    "email_capitals": (CellTrap("caller_id.email", dirt.own_shouted),),
    "impossible_date": (CellTrap("opened_at", dirt.always("2026-02-30 09:00:00", None)),),
}
_EXPORT, _TEXTS = "servicenow.incidents", 600_000_000
_STAMP = "%Y-%m-%d %H:%M:%S"
_STATES = {"new": "1", "open": "2", "pending": "3", "solved": "6", "closed": "7"}
_CHANNELS = ("email", "self-service", "virtual_agent", "phone", "walk-in")
_DIALECT = encode.Dialect(encoding="utf-8")
_TEST = "Test ticket - please ignore"


def incidents(world: World) -> Journeys:
    """Incidents: 0.3 a customer; `profile` is the person."""
    count = max(1, world.customers * 3 // 10)
    return Journeys(world.dice, "incident", world.timeline, count, world.customers, len(world.agents))


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: incidents that changed since the last cut, and some days before."""
    every = incidents(world)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            trap = allot(world.dice, "servicenow/incidents", numbers, every.count, TRAPS)
            journeys = every.of(numbers).with_columns(trap=trap, deleted=pl.lit(FOREVER))
            state = editions.sent_journeys(journeys, world.timeline, night, REACH)
            if len(state):
                frame, noted = _records(world, state, broken=night == 0)
                folder.table(_EXPORT, f"incidents{name}.csv", frame.columns, noted, dialect=_DIALECT)
    _note(world, book, every)


def _records(world: World, state: pl.DataFrame, *, broken: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap, people = state["trap"], world.people[state["profile"].to_numpy()]
    frame, cells = dirt.soil(_frame(world, state, people), state["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & broken).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, "short_description")
    test = met(trap, "test_record")
    kind = state.select(pl.coalesce("why", pl.when(test).then(trap))).to_series()
    return frame, records(lines, frame["sys_id"], state["updated"], test=test, damage=hurt, cells=cells, trap=kind)


def _stamp(moment: str) -> pl.Expr:
    return pl.when(pl.col(moment) < FOREVER).then(pl.from_epoch(pl.col(moment), "s").dt.strftime(_STAMP))


def _frame(world: World, state: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    numbers, language = state["number"].to_numpy(), people["language"].to_numpy()
    keys = numbers + _TEXTS
    dice, agent = world.dice, state["agent"].to_numpy()
    test = met(state["trap"], "test_record")
    subject = texts.subjects(dice, keys, language).zip_with(~test, pl.Series([_TEST]))
    body = texts.descriptions(dice, keys, language, people["given"]).zip_with(~test, pl.Series(["test"]))
    caller = ids.hexadecimal(dice, "servicenow/user", people["person"].to_numpy(), 32)
    user = ids.hexadecimal(dice, "servicenow/agent", agent, 32)
    group = ids.hexadecimal(dice, "servicenow/group", agent % 5, 32)
    none, solved = pl.lit(None, pl.String), pl.col("solved") < FOREVER
    took = pl.from_epoch(pl.col("solved") - pl.col("opened"), "s").dt.strftime(_STAMP)
    return state.select(
        sys_id=ids.hexadecimal(dice, "servicenow/incident", numbers, 32),
        number=pl.concat_str(pl.lit("INC"), (pl.col("number") + 10_039).cast(pl.String).str.zfill(7)),
        short_description=subject,
        description=body,
        state=pl.col("state").replace_strict(_STATES),
        priority=pl.Series(("4", "3", "2", "1")).gather(state["priority"].to_numpy()),
        category=pl.Series(("inquiry", "software", "delivery", None)).gather(numbers % 4),
        contact_type=pl.Series(_CHANNELS).gather(state["channel"].to_numpy()),
        caller_id=caller,
        **{"caller_id.email": people["email"]},
        assigned_to=pl.when(pl.col("replied") < FOREVER).then(user),
        assignment_group=group,
        company=none,
        opened_at=_stamp("opened"),
        sys_created_on=_stamp("opened"),
        sys_updated_on=_stamp("updated"),
        resolved_at=_stamp("solved"),
        closed_at=_stamp("closed"),
        reopen_count=pl.lit("0"),
        calendar_duration=pl.when(solved).then(took),
        comments=_journal(world, state, keys, language),
    )


def _journal(world: World, state: pl.DataFrame, keys: Ints, language: Ints) -> pl.Expr:
    """Every comment under a line with time, author and kind, the newest first."""
    agent = world.agents["name"].gather(state["agent"].to_numpy())
    entries = [
        pl.when(pl.col(moment) < FOREVER).then(
            pl.concat_str(
                _stamp(moment), pl.lit(" - "), agent, pl.lit(" (Additional comments)\n"),
                texts.answers(world.dice, kind, keys, language), pl.lit("\n\n"),
            )
        )
        for moment, kind in (("solved", "solutions"), ("replied", "replies"))
    ]  # fmt: skip
    said = pl.concat_str(entries, ignore_nulls=True)
    return pl.when(said != "").then(said)


def _note(world: World, book: TruthBook, every: Journeys) -> None:
    """Who a caller is: one user record a person, known by an address."""
    ranges = [numbers[every.opened(numbers) <= world.timeline.end] for _, numbers in editions.numbers(every.count)]
    callers = [np.unique(every.profile(numbers)) for numbers in ranges]
    people = world.people[np.unique(np.concatenate(callers))]
    nobodys = people["quirk"].is_in(["role_mailbox", "placeholder_email", "test_person"])
    users = ids.hexadecimal(world.dice, "servicenow/user", people["person"].to_numpy(), 32)
    book.people(
        people.select(
            record_key=pl.lit("servicenow.sys_user:") + users,
            person=pl.lit("person-") + pl.col("person").cast(pl.String),
            kind=pl.lit("caller"),
            link=pl.when(nobodys).then(pl.lit("none")).otherwise(pl.lit("email")),
        )
    )
