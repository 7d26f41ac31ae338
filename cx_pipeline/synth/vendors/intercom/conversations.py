"""Conversations as API pages, each with all its parts, changed ones once more."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.phrases import BOT_REPLY
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.vendors.intercom import site
from cx_pipeline.synth.world import World

TRAPS = {
    **editions.TRAPS,
    "mojibake": 2,
    "zero_width": 2,
    "control_character": 1,
    "test_record": 2,
    "broken_json_element": 2,
    "id_as_number": 3,
}
_CELLS = {
    "mojibake": (CellTrap("title", dirt.mojibake),),
    "zero_width": (CellTrap("title", dirt.zero_width),),
    "control_character": (CellTrap("title", dirt.control),),
}
_TITLED = ("mojibake", "zero_width", "control_character", "test_record")
_TEXTS = 300_000_000
"""Keeps what is said here apart from what is said elsewhere."""
_REPLIED, _ASKED, _SOLVED, _CLOSED = range(4)
_KINDS = ("conversation", "email", "instagram", "whatsapp", "conversation")
_TEST = "Test ticket - please ignore"


def write(world: World, folder: Delivery) -> None:
    """What changed since the last cut, and before it as far as the export reaches back."""
    around = '"type":"conversation.list",'
    behind = ',"total_count":{total},"pages":{"type":"pages","page":{page},"per_page":50,"total_pages":{pages}}'
    for name, numbers in editions.numbers(world.chats.count):
        trap = allot(world.dice, "intercom/conversations", numbers, world.chats.count, TRAPS)
        journeys = world.chats.of(numbers).with_columns(trap=trap, deleted=pl.lit(FOREVER))
        state = editions.sent_journeys(journeys, world.timeline, folder.night, site.REACH)
        if len(state):
            noted = _records(world, state, broken=folder.night == 0)
            layout = listed("conversations", site.PAGE, around, behind)
            folder.json("intercom.conversations", f"conversations{name}.json", noted, layout)


def _records(world: World, state: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = state["trap"]
    people = world.people[world.chat_contacts["person"].to_numpy()[state["profile"].to_numpy()]]
    frame, cells = dirt.soil(_frame(world, state, people), state["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = encode.json_texts(frame)
    as_number = lines.str.replace(r'"id":"(\d+)"', '"id":$1')
    lines = pl.select(pl.when(met(trap, "id_as_number")).then(as_number).otherwise(lines)).to_series()
    lines = damage.damaged_texts(lines, hurt, "broken_json_element", damage.broken_element)
    test = met(trap, "test_record")
    kind = state.select(pl.coalesce("why", pl.when(test | met(trap, "id_as_number")).then(trap))).to_series()
    is_test = test | (people["quirk"] == "test_person")
    return records(lines, frame["id"], state["updated"], test=is_test, damage=hurt, cells=cells, trap=kind)


def _frame(world: World, state: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    numbers, language = state["number"].to_numpy(), people["language"].to_numpy()
    keys = numbers + _TEXTS
    title = texts.subjects(world.dice, keys, language).zip_with(~met(state["trap"], "test_record"), pl.Series([_TEST]))
    titled = met(state["trap"], *_TITLED) | pl.Series(numbers % 2 == 0)
    body = texts.descriptions(world.dice, keys, language, people["given"])
    contact, external = site.contact_ids(world, state["profile"].to_numpy()), people["person"]
    author = pl.struct(type=pl.lit("user"), id=contact, name=people["name"], email=people["email"])
    rated, replied = pl.col("touched") < FOREVER, pl.col("replied") < FOREVER
    admin = site.admin_numbers(state["agent"].to_numpy())
    parts, count = _parts(world, state, people)
    return state.select(
        type=pl.lit("conversation"),
        id=site.conversation_ids(numbers),
        title=pl.when(titled).then(title),
        created_at="opened",
        updated_at="updated",
        waiting_since=pl.lit(None, pl.Int64),
        open=~pl.col("state").is_in(["solved", "closed"]),
        state=pl.when(pl.col("state").is_in(["solved", "closed"])).then(pl.lit("closed")).otherwise(pl.lit("open")),
        read=pl.lit(value=True),
        priority=pl.when(pl.col("priority") == 3).then(pl.lit("priority")).otherwise(pl.lit("not_priority")),
        admin_assignee_id=pl.when(replied).then(admin),
        team_assignee_id=pl.lit(None, pl.Int64),
        source=pl.struct(
            type=pl.Series(_KINDS).gather(state["channel"].to_numpy()),
            id=pl.Series(numbers * 3 + 1_290_000).cast(pl.String),
            delivered_as=pl.lit("customer_initiated"),
            subject=pl.lit(""),
            body=_html(body),
            author=author,
            attachments=pl.lit([], pl.List(pl.String)),
            url=pl.lit(None, pl.String),
        ),
        contacts=pl.struct(
            type=pl.lit("contact.list"),
            contacts=pl.concat_list(pl.struct(type=pl.lit("contact"), id=contact, external_id=_external(external))),
        ),
        conversation_rating=pl.when(rated).then(
            pl.struct(
                rating=pl.Series(1 + world.dice.weighted("chat/rating", numbers, (12, 8, 12, 28, 40))),
                remark=pl.when(pl.col("number") % 2 == 0).then(texts.answers(world.dice, "thanks", keys, language)),
                created_at="touched",
            )
        ),
        statistics=pl.struct(
            first_admin_reply_at=pl.when(replied).then("replied"),
            last_close_at=pl.when(pl.col("solved") < FOREVER).then("solved"),
            count_reopens=pl.lit(0),
            count_conversation_parts=count + 1,
        ),
        conversation_parts=pl.struct(type=pl.lit("conversation_part.list"), conversation_parts=parts, total_count=count),
    )  # fmt: skip


def _external(person: pl.Series) -> pl.Series:
    return pl.select(pl.lit("C-") + person.cast(pl.String).str.zfill(7)).to_series()


def _html(text: pl.Series) -> pl.Series:
    escaped = text.str.replace_many({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br>"})
    return pl.select(pl.concat_str(pl.lit("<p>"), escaped, pl.lit("</p>"))).to_series()


def _parts(world: World, state: pl.DataFrame, people: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """What was said and done by the moment of each state, as a list a conversation, and how many."""
    numbers, language = state["number"].to_numpy(), people["language"].to_numpy()
    keys = numbers + _TEXTS
    bot = state["bot_first"]
    reply = texts.answers(world.dice, "replies", keys, language).zip_with(~bot, pl.Series([BOT_REPLY]))
    said = {
        _REPLIED: ("replied", "comment", reply),
        _ASKED: ("asked", "comment", texts.answers(world.dice, "thanks", keys, language)),
        _SOLVED: ("solved", "comment", texts.answers(world.dice, "solutions", keys, language)),
        _CLOSED: ("solved", "close", None),
    }
    agents = world.agents[state["agent"].to_numpy()]
    admin = site.admin_numbers(state["agent"].to_numpy()).cast(pl.String)
    contact = site.contact_ids(world, state["profile"].to_numpy())
    rows = []
    for slot, (moment, kind, text) in said.items():
        is_bot = bot & pl.lit(value=slot == _REPLIED)
        body = pl.lit(None, pl.String) if text is None else pl.lit(_html(text))
        mine = slot == _ASKED
        part = pl.struct(
            type=pl.lit("conversation_part"),
            id=(pl.col("number") * 4 + slot + 31_000_000_000).cast(pl.String),
            part_type=pl.lit(kind),
            body=body,
            created_at=moment,
            updated_at=moment,
            author=pl.struct(
                type=pl.when(is_bot).then(pl.lit("bot")).otherwise(pl.lit("user" if mine else "admin")),
                id=contact if mine else pl.when(is_bot).then(pl.lit("278")).otherwise(admin),
                name=people["name"] if mine else pl.when(is_bot).then(pl.lit("Fin")).otherwise(agents["name"]),
                email=people["email"] if mine else pl.when(is_bot).then(None).otherwise(agents["email"]),
            ),
            attachments=pl.lit([], pl.List(pl.String)),
        )
        rows.append(state.select(at=pl.int_range(pl.len()), slot=pl.lit(slot), said=moment, part=part))
    heard = pl.concat(rows).filter(pl.col("said") < FOREVER).sort("at", "said", "slot")
    listed_parts = heard.group_by("at", maintain_order=True).agg("part", count=pl.len().cast(pl.Int64))
    whole = state.select(at=pl.int_range(pl.len())).join(listed_parts, on="at", how="left", maintain_order="left")
    empty = pl.lit([], whole.schema["part"])
    return whole.select(pl.col("part").fill_null(empty)).to_series(), whole["count"].fill_null(0)
