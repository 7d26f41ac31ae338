"""Twilio's call log as API pages: one record a leg, the price told later, callers without a number, dates of RFC 2822."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.calls import ABANDONED, CALLED_BACK, MENU, MOST_LEGS, OUTBOUND, Calls
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "twilio"
REACH = 14 * DAY
ACCOUNT, LINE = "AC6d1f0c523b7e4a589c41d27e5b8a90f3", "+442079460998"
ANONYMOUS, NOBODY = "+266696687", "15555555555"
TRAPS = {
    **editions.TRAPS,
    "impossible_date": 2,
    "nobodys_number": 2,
    "anonymous": 3,
    "broken_json_element": 2,
}
_CELLS = {
    "impossible_date": (CellTrap("start_time", dirt.always("Wed, 30 Feb 2022 17:23:13 +0000", None)),),
    "nobodys_number": (CellTrap("from", lambda text, _: None if text == LINE else (NOBODY, None)),),
}
_PAGE, _RFC = 50, "%a, %d %b %Y %H:%M:%S +0000"
_NONE = pl.lit(None, pl.String)


def calls(world: World) -> Calls:
    """Calls of the branches' own lines: 0.25 a customer, apart from those of the contact centre."""
    dice = Dice(world.seed + 12)
    return Calls(dice, world.timeline, max(1, world.customers // 4), world.customers, len(world.agents))


def call_sids(world: World, numbers: Ints, positions: Ints) -> pl.Series:
    """`CA` and 32 hexadecimal digits; positions below 0 have none."""
    own = np.where(positions >= 0, numbers * MOST_LEGS + positions, -1)
    return pl.select(pl.lit("CA") + ids.hexadecimal(world.dice, "twilio/call", own, 32)).to_series()


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: calls that ended or got their price since the last cut, and two weeks before."""
    every = calls(world)
    around = '"first_page_uri":"/2010-04-01/Accounts/calls.json","page_size":50,'
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            legs = every.legs(numbers)
            own = (legs["number"] * MOST_LEGS + legs["position"]).to_numpy()
            trap = allot(world.dice, "twilio/calls", own, every.count, TRAPS)
            known = editions.surely_changed(legs.with_columns(trap=trap, made="updated"))
            told = editions.sent(known, world.timeline, night, REACH)
            if len(told):
                layout = listed("calls", _PAGE, around, ',"page":{page}')
                folder.json("twilio.calls", f"calls{name}.json", _records(world, told, broken=night == 0), layout)
    _note(world, book, every)


def _records(world: World, told: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = told["trap"]
    own = told["number"] * MOST_LEGS + told["position"]
    frame, cells = dirt.soil(_frame(world, told), own, trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "forwarded_from")
    )
    kind = told.select(pl.coalesce("why", pl.when(met(trap, "anonymous")).then(trap))).to_series()
    return records(lines, frame["sid"], told["clock"], damage=hurt, cells=cells, trap=kind)


def _customers(world: World, told: pl.DataFrame) -> pl.Series:
    """The customer's number; who has none, or a placeholder, withholds it."""
    phone = world.people["phone"].gather(told["person"].to_numpy())
    real = phone.str.starts_with("+").fill_null(value=False) & ~met(told["trap"], "anonymous")
    return pl.select(pl.when(real).then(phone).otherwise(pl.lit(ANONYMOUS))).to_series()


def _frame(world: World, told: pl.DataFrame) -> pl.DataFrame:
    number, position = told["number"].to_numpy(), told["position"].to_numpy()
    customer = _customers(world, told)
    agent = pl.Series("client:agent_" + told["agent"].cast(pl.String))
    by_company = (pl.col("way") == OUTBOUND) | ((pl.col("way") == CALLED_BACK) & (pl.col("position") > 0))
    child, outbound = (pl.col("position") > 0) & ~by_company, by_company
    gave_up = pl.col("way").is_in([ABANDONED, MENU]) | ((pl.col("way") == CALLED_BACK) & (pl.col("position") == 0))
    waited = pl.when(pl.col("enqueued") < FOREVER).then((pl.col("dequeued") - pl.col("enqueued")) * 1000).otherwise(0)
    seconds = pl.when(gave_up).then(0).otherwise(pl.col("talked") + pl.col("held"))
    return told.select(
        sid=call_sids(world, number, position),
        parent_call_sid=call_sids(world, number, np.where(position > 0, 0, -1)),
        account_sid=pl.lit(ACCOUNT),
        direction=pl.when(outbound).then(pl.lit("outbound-api")).when(child).then(pl.lit("outbound-dial")).otherwise(pl.lit("inbound")),
        status=pl.when(gave_up & (pl.col("number") % 2 == 0)).then(pl.lit("no-answer")).when(gave_up).then(pl.lit("canceled"))
        .otherwise(pl.lit("completed")),
        **{"from": pl.when(outbound | child).then(pl.lit(LINE)).otherwise(customer)},
        to=pl.when(outbound).then(customer).when(child).then(agent).otherwise(pl.lit(LINE)),
        forwarded_from=_NONE,
        caller_name=_NONE,
        answered_by=_NONE,
        date_created=pl.from_epoch("began", "s").dt.strftime(_RFC),
        start_time=pl.from_epoch("began", "s").dt.strftime(_RFC),
        end_time=pl.from_epoch("ended", "s").dt.strftime(_RFC),
        date_updated=pl.from_epoch("clock", "s").dt.strftime(_RFC),
        duration=seconds.cast(pl.String),
        queue_time=waited.cast(pl.String),
        price=pl.when("is_changed").then(pl.format("-0.{}", (seconds // 60 + 1).cast(pl.String).str.zfill(5))),
        price_unit=pl.lit("USD"),
        api_version=pl.lit("2010-04-01"),
    )  # fmt: skip


def _named_twice(world: World) -> pl.Series:
    """True for people whom a tool knows by another name at the same number: nobody can say which of the two calls."""
    profiles = (world.desk_profiles.filter(kind="phone_contact"), world.crm_profiles.filter(kind="second_contact"))
    return world.people["person"].is_in(pl.concat([some["person"] for some in profiles]).implode())


def _note(world: World, book: TruthBook, every: Calls) -> None:
    """Whose call is whose, and by what it could be known; a number that several share tells of none of them."""
    shared = world.people["phone"].is_duplicated() | _named_twice(world)
    for _, numbers in editions.numbers(every.count):
        first = every.legs(numbers).filter((pl.col("position") == 0) & (pl.col("updated") <= world.timeline.end))
        own = (first["number"] * MOST_LEGS).to_numpy()
        first = first.with_columns(trap=allot(world.dice, "twilio/calls", own, every.count, TRAPS))
        person = first["person"].to_numpy()
        spoilt = met(first["trap"], "nobodys_number") & (first["way"] != OUTBOUND)
        hidden = (_customers(world, first) == ANONYMOUS) | spoilt
        link = (
            pl.when(hidden)
            .then(pl.lit("none"))
            .when(shared.gather(person))
            .then(pl.lit("shared_phone"))
            .otherwise(pl.lit("phone"))
        )
        book.people(
            first.select(
                record_key=pl.lit("twilio.calls:") + call_sids(world, first["number"].to_numpy(), first["position"].to_numpy()),
                person=pl.lit("person-") + pl.col("person").cast(pl.String),
                kind=pl.lit("caller"),
                link=link,
            )
        )
