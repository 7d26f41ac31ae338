"""Genesys Cloud as its details jobs answer: conversations with participants, sessions and segments; some still open at night."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, editions, encode, ids
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.calls import ABANDONED, CALLED_BACK, CHAT, EMAIL, MENU, MOST_LEGS, OUTBOUND, TASK, Calls
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "genesys"
REACH = 18 * DAY
LINE = "tel:+442079460997"
TRAPS = {"sent_twice": 4, "broken_json_element": 2, "withheld": 3, "formatted_phone": 3}
_EXPORT, _PAGE = "genesys.conversations", 25
_MEDIA = {CHAT: "message", EMAIL: "email", TASK: "callback"}
_STAMP = "%Y-%m-%dT%H:%M:%S"
_STAYS_OPEN = {CHAT: 3 * DAY, EMAIL: 14 * DAY}
"""How long a conversation that is written stays open behind its last words."""


def calls(world: World) -> Calls:
    """Conversations of the second site: 0.25 a customer, apart from those of the contact centre."""
    dice = Dice(world.seed + 11)
    return Calls(dice, world.timeline, max(1, world.customers // 4), world.customers, len(world.agents))


def conversation_ids(world: World, numbers: Ints) -> pl.Series:
    return ids.uuids(world.dice, "genesys/conversation", numbers)


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: conversations that went on since the last cut, and some days before; open ones come again when they end."""
    every = calls(world)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            told, legs = _sent(world, every, numbers, night)
            if len(told):
                noted = _records(world, told, legs, broken=night == 0)
                folder.json(
                    _EXPORT, f"conversations{name}.json", noted, listed("conversations", _PAGE, "", ',"totalHits":{total}')
                )
    _note(world, book, every)


def _known(world: World, every: Calls, numbers: Ints) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row a conversation, and its legs, with when it was over."""
    legs = every.legs(numbers)
    stays = pl.col("channel").replace_strict(_STAYS_OPEN, default=0, return_dtype=pl.Int64)
    over = (pl.col("ended").max() + stays.first()).alias("over")
    known = legs.group_by("number", maintain_order=True).agg(
        pl.col("person", "channel", "way", "began").first(), pl.col("ended").max().alias("spoken"), over
    )
    trap = allot(world.dice, "genesys/conversations", known["number"].to_numpy(), every.count, TRAPS)
    return known.with_columns(trap=trap), legs


def _sent(world: World, every: Calls, numbers: Ints, night: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    known, legs = _known(world, every, numbers)
    there = known.filter(pl.col("spoken") + 600 <= cut).with_columns(
        is_open=pl.col("over") > cut, clock=pl.min_horizontal(pl.col("over"), pl.lit(cut)), why=pl.lit(None, pl.String)
    )
    # What has not ended is ordered by its beginning.
    there = there.with_columns(clock=pl.when("is_open").then("began").otherwise("over"))
    fresh = there.filter(pl.col("is_open") | (pl.col("clock") > before - REACH))
    twice = fresh.filter(met(fresh["trap"], "sent_twice")).with_columns(why=pl.lit("sent_twice"))
    return pl.concat([fresh, twice]).sort("began", "number", maintain_order=True), legs


def _records(world: World, told: pl.DataFrame, legs: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = told["trap"]
    frame = _frame(world, told, legs)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "originatingDirection")
    )
    still = pl.when("is_open").then(pl.lit("still_open"))
    kind = told.select(pl.coalesce("why", still, pl.when(met(trap, "withheld", "formatted_phone")).then(trap))).to_series()
    return records(lines, frame["conversationId"], told["clock"], damage=hurt, trap=kind)


def _frame(world: World, told: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    participants = _participants(world, told, legs)
    outbound = pl.col("way") == OUTBOUND
    whole = told.with_row_index("at").join(participants, on="at", how="left", maintain_order="left")
    return whole.select(
        conversationId=conversation_ids(world, told["number"].to_numpy()),
        conversationStart=_stamp(pl.col("began"), pl.col("number")),
        conversationEnd=pl.when(~pl.col("is_open")).then(_stamp(pl.col("over"), pl.col("number"))),
        originatingDirection=pl.when(outbound).then(pl.lit("outbound")).otherwise(pl.lit("inbound")),
        divisionIds=pl.concat_list(pl.lit("2f5c9a10-7d3b-4c57-8e11-0a6b5f3d9c42")),
        participants="participants",
    )


def _stamp(seconds: pl.Expr, number: pl.Expr) -> pl.Expr:
    """To the millisecond; all times of a conversation share theirs, so that nothing ends before it begins."""
    fraction = (number * 37 % 1000).cast(pl.String).str.zfill(3)
    return pl.when(seconds < FOREVER).then(
        pl.concat_str(pl.from_epoch(seconds, "s").dt.strftime(_STAMP), pl.lit("."), fraction, pl.lit("Z"))
    )


def _segment(kind: str, start: pl.Expr, end: pl.Expr, *, queue: pl.Expr | None = None, reason: pl.Expr | None = None) -> pl.Expr:
    """A segment, null where it never began or has no length."""
    none, number = pl.lit(None, pl.String), pl.col("number")
    there = (start < FOREVER) & (end < FOREVER) & (end > start)
    return pl.when(there).then(
        pl.struct(
            segmentStart=_stamp(start, number),
            segmentEnd=_stamp(end, number),
            segmentType=pl.lit(kind),
            queueId=none if queue is None else queue,
            disconnectType=none if reason is None else reason,
        )
    )


def _participants(world: World, told: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """`participants` of each row of `told` by its position `at`: the customer, then menu, queue and agent of each leg."""
    person = world.people[told["person"].to_numpy()]
    real = person["phone"].str.starts_with("+").fill_null(value=False) & ~met(told["trap"], "withheld")
    number = pl.select(
        pl.when(met(told["trap"], "formatted_phone")).then(_spaced(person["phone"])).otherwise(person["phone"])
    ).to_series()
    phone = pl.when(pl.lit(real)).then(pl.concat_str(pl.lit("tel:"), number)).otherwise(pl.lit("sip:anonymous@anonymous.invalid"))
    media = pl.col("channel").replace_strict(_MEDIA, default="voice", return_dtype=pl.String)
    about = told.with_row_index("at").with_columns(
        media=media,
        phone=pl.when(pl.col("channel") != EMAIL).then(phone),
        address=pl.when(pl.col("channel") == EMAIL).then(person["email"]),
        until=pl.col("spoken"),
        is_outbound=pl.col("way") == OUTBOUND,
    ).select("at", "number", "began", "until", "media", "phone", "address", "is_outbound")  # fmt: skip
    own = ["number", "position", "way", "agent", "enqueued", "dequeued", "connected", "ended", "talked", "held", "wrapped"]
    of_legs = about.join(legs.select(*own, leg_began="began"), on="number", maintain_order="left_right")
    queue = ids.uuids(world.dice, "genesys/queue", of_legs["agent"].to_numpy() % 5)
    user = ids.uuids(world.dice, "genesys/user", of_legs["agent"].to_numpy())
    of_legs = of_legs.with_columns(queue=queue, user=user)
    gave_up = pl.col("way").is_in([ABANDONED, MENU]) | ((pl.col("way") == CALLED_BACK) & (pl.col("position") == 0))
    passed = pl.when(pl.col("position") + 1 < pl.len().over("at")).then(pl.lit("transfer")).otherwise(pl.lit("client"))
    left = pl.when(gave_up).then(pl.lit("peer")).otherwise(pl.lit("transfer"))
    menu = pl.when((pl.col("position") == 0) & ~pl.col("is_outbound")).then(pl.min_horizontal("enqueued", "ended"))
    talk_end, queue_id = pl.col("connected") + pl.col("talked"), pl.col("queue")
    kinds = (
        (0, "customer", about, [_segment("interact", pl.col("began"), pl.col("until"))]),
        (1, "ivr", of_legs, [_segment("ivr", pl.col("leg_began"), menu, reason=left)]),
        (2, "acd", of_legs, [_segment("interact", pl.col("enqueued"), pl.col("dequeued"), queue=queue_id, reason=left)]),
        (
            3,
            "agent",
            of_legs,
            [
                _segment("alert", pl.min_horizontal("dequeued", pl.col("connected") - 2), pl.col("connected"), queue=queue_id),
                _segment("interact", pl.col("connected"), talk_end),
                _segment("hold", talk_end, talk_end + pl.col("held")),
                _segment("interact", talk_end + pl.col("held"), pl.col("ended") + 1, reason=passed),
                _segment("wrapup", pl.col("ended") + 1, pl.col("ended") + 1 + pl.col("wrapped")),
            ],
        ),
    )
    rows = [_sessions(world, slot, purpose, frame, segments) for slot, purpose, frame, segments in kinds]
    return (
        pl.concat(rows)
        .sort("at", "position", "slot")
        .group_by("at", maintain_order=True)
        .agg(pl.col("participant").alias("participants"))
    )


def _spaced(phone: pl.Series) -> pl.Series:
    return phone.str.slice(0, 3) + " " + phone.str.slice(3, 3) + " " + phone.str.slice(6)


def _sessions(world: World, slot: int, purpose: str, frame: pl.DataFrame, segments: list[pl.Expr]) -> pl.DataFrame:
    """Participants of one purpose that have a segment: `at`, `position`, `slot` and `participant`."""
    position = pl.col("position") if "position" in frame.columns else pl.lit(0, pl.Int64)
    listed_segments = pl.concat_list(segments).list.drop_nulls()
    kept = frame.with_columns(position=position, segments=listed_segments).filter(pl.col("segments").list.len() > 0)
    key = (kept["number"] * MOST_LEGS + kept["position"]).to_numpy() * 4 + slot
    none, outbound = pl.lit(None, pl.String), pl.col("is_outbound")
    customer = purpose == "customer"
    has_phone = pl.col("phone").is_not_null()
    session = pl.struct(
        sessionId=ids.uuids(world.dice, "genesys/session", key),
        mediaType="media",
        direction=pl.when(outbound).then(pl.lit("outbound")).otherwise(pl.lit("inbound")),
        ani=pl.when(has_phone & outbound).then(pl.lit(LINE)).when(has_phone).then("phone") if customer else none,
        dnis=pl.when(has_phone & outbound).then("phone").when(has_phone).then(pl.lit(LINE)) if customer else none,
        addressFrom=pl.when(~outbound).then("address") if customer else none,
        addressTo=pl.when(outbound).then("address") if customer else none,
        segments="segments",
    )
    participant = pl.struct(
        participantId=ids.uuids(world.dice, "genesys/participant", key),
        purpose=pl.lit(purpose),
        userId=pl.col("user") if purpose == "agent" else none,
        sessions=pl.concat_list(session),
    )
    return kept.select("at", "position", slot=pl.lit(np.int64(slot)), participant=participant)


def _named_twice(world: World) -> pl.Series:
    """True for people whom a tool knows by another name at the same number: nobody can say which of the two calls."""
    profiles = (world.desk_profiles.filter(kind="phone_contact"), world.crm_profiles.filter(kind="second_contact"))
    return world.people["person"].is_in(pl.concat([some["person"] for some in profiles]).implode())


def _note(world: World, book: TruthBook, every: Calls) -> None:
    """Whose conversation is whose, and by what it could be known; a number that several share tells of none of them."""
    shared = world.people["phone"].is_duplicated() | _named_twice(world)
    for _, numbers in editions.numbers(every.count):
        known, _ = _known(world, every, numbers)
        known = known.filter(pl.col("spoken") + 600 <= world.timeline.end)
        person = world.people[known["person"].to_numpy()]
        is_email = known["channel"] == EMAIL
        nobodys = person["quirk"].is_in(["role_mailbox", "placeholder_email", "test_person"])
        real = person["phone"].str.starts_with("+").fill_null(value=False) & ~met(known["trap"], "withheld")
        link = (
            pl.when(is_email & ~nobodys)
            .then(pl.lit("email"))
            .when(is_email | ~real)
            .then(pl.lit("none"))
            .when(shared.gather(known["person"].to_numpy()))
            .then(pl.lit("shared_phone"))
            .otherwise(pl.lit("phone"))
        )
        book.people(
            known.select(
                record_key=pl.lit(f"{_EXPORT}:") + conversation_ids(world, known["number"].to_numpy()),
                person=pl.lit("person-") + pl.col("person").cast(pl.String),
                kind=pl.lit("caller"),
                link=link,
            )
        )
